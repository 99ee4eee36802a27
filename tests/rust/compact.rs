//! Compact files: they load as the packed file with the same values does, and damage is refused.

use edgebert::engine::{Engine, Info};
use edgebert::load::Loader;
use edgebert::model::arithmetic::Precision;
use edgebert::packed::CHUNK;
use edgebert::packed::writer::Exporter;
use edgebert::{Error, ErrorKind};
use edgebert_coding::encode::{Rows, encode};
use edgebert_coding::step;
use serde_json::{Map, Value, json};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const TEXTS: [&str; 3] = ["cat", "the cat sat on the mat", ""];

/// The packed file of a small checkpoint.
fn packed() -> Vec<u8> {
    let mut loader = Loader::new(Precision::Int8);
    for (name, text) in [
        ("config.json", include_str!("../fixtures/tiny-bert-f32/config.json")),
        ("tokenizer.json", include_str!("../fixtures/tiny-bert-f32/tokenizer.json")),
    ] {
        loader.file(name.to_owned(), text.to_owned()).unwrap();
    }
    loader.push(include_bytes!("../fixtures/tiny-bert-f32/model.safetensors")).unwrap();
    let mut engine = loader.finish().unwrap();
    export(&mut engine)
}

fn export(engine: &mut Engine) -> Vec<u8> {
    let mut exporter = Exporter::new(engine).unwrap();
    let mut data = Vec::new();
    while let Some(chunk) = exporter.next_chunk(engine) {
        data.extend(chunk);
    }
    let hashes = vec!["0".repeat(64); data.len().div_ceil(CHUNK)];
    [exporter.header(&hashes).unwrap(), data].concat()
}

fn load(file: &[u8], piece: usize) -> Result<Engine, Error> {
    let mut loader = Loader::new(Precision::Int8);
    for bytes in file.chunks(piece) {
        loader.push(bytes)?;
    }
    loader.finish()
}

fn vectors(engine: &mut Engine) -> Vec<f32> {
    let texts = TEXTS.iter().map(|text| Ok((*text).to_owned()));
    let mut vectors = Vec::new();
    engine.encode(texts, true, "", |group| vectors.extend_from_slice(group)).unwrap();
    vectors
}

/// A safetensors file taken apart: each tensor's name, type, shape and bytes, in their order.
struct File {
    metadata: Value,
    tensors: Vec<(String, String, Vec<usize>, Vec<u8>)>,
}

impl File {
    fn read(file: &[u8]) -> Self {
        let start = header_length(file);
        let header: Map<String, Value> = serde_json::from_slice(&file[8..start]).unwrap();
        let mut tensors = Vec::new();
        let numbers = |value: &Value| -> Vec<usize> {
            value.as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect()
        };
        for (name, entry) in header.iter().filter(|(name, _)| *name != "__metadata__") {
            let range = numbers(&entry["data_offsets"]);
            let bytes = file[start + range[0]..start + range[1]].to_vec();
            let dtype = entry["dtype"].as_str().unwrap().to_owned();
            tensors.push((range[0], (name.clone(), dtype, numbers(&entry["shape"]), bytes)));
        }
        tensors.sort_by_key(|(start, _)| *start);
        let tensors = tensors.into_iter().map(|(_, tensor)| tensor).collect();
        File { metadata: header["__metadata__"].clone(), tensors }
    }

    fn write(&self) -> Vec<u8> {
        let mut header = Map::new();
        header.insert("__metadata__".to_owned(), self.metadata.clone());
        let mut data = Vec::new();
        for (name, dtype, shape, bytes) in &self.tensors {
            let start = data.len();
            data.extend(bytes);
            let entry =
                json!({"dtype": dtype, "shape": shape, "data_offsets": [start, data.len()]});
            header.insert(name.clone(), entry);
        }
        let header = serde_json::to_string(&header).unwrap();
        [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data.as_slice()].concat()
    }

    fn tensor(&mut self, name: &str) -> &mut (String, String, Vec<usize>, Vec<u8>) {
        self.tensors.iter_mut().find(|(found, ..)| found == name).unwrap()
    }
}

fn header_length(file: &[u8]) -> usize {
    8 + u64::from_le_bytes(*file.first_chunk().unwrap()) as usize
}

/// A packed file in which each row has one step, and the compact file of the same values.
fn pair() -> (Vec<u8>, File) {
    let mut plain = File::read(&packed());
    let names: Vec<String> = plain.tensors.iter().map(|(name, ..)| name.clone()).collect();
    let mut compact = File { metadata: plain.metadata.clone(), tensors: Vec::new() };
    compact.metadata["version"] = json!("2");
    let mut rows: Vec<(String, Rows)> = Vec::new();
    for name in names {
        let (_, dtype, shape, bytes) = plain.tensor(&name).clone();
        if dtype == "I8" {
            let count = shape[0];
            let steps: Vec<u8> = (0..count).map(|row| 120 + (row * 7 % 32) as u8).collect();
            let scales = &mut plain.tensor(&format!("{name}.scale")).3;
            let row_bytes = scales.len() / count;
            for (row, scales) in scales.chunks_exact_mut(row_bytes).enumerate() {
                let scale = step::value(steps[row]).to_le_bytes();
                scales.chunks_exact_mut(4).for_each(|bytes| bytes.copy_from_slice(&scale));
            }
            let values = bytes.iter().map(|&byte| byte as i8).collect();
            rows.push((name, Rows { width: shape[1], steps, values }));
        } else if !name.ends_with(".scale") {
            compact.tensors.push((name, dtype, shape, bytes));
        }
    }
    let (names, rows): (Vec<String>, Vec<Rows>) = rows.into_iter().unzip();
    let coded = encode(&rows);
    let mut run = |name: String, bytes: Vec<u8>| {
        compact.tensors.push((name, "U8".to_owned(), vec![bytes.len()], bytes));
    };
    run("coding.tables".to_owned(), coded.tables);
    for (name, blocks) in names.iter().zip(coded.blocks) {
        for (number, bytes) in blocks.into_iter().enumerate() {
            run(format!("{name}.block.{number}"), bytes);
        }
    }
    (plain.write(), compact)
}

#[wasm_bindgen_test]
fn a_compact_file_loads_as_the_packed_file_of_its_values() {
    let (plain, compact) = pair();
    let mut expected = load(&plain, 1 << 20).unwrap();
    for piece in [1, 97, 1 << 20] {
        let mut engine = load(&compact.write(), piece).unwrap();
        assert_eq!(vectors(&mut engine), vectors(&mut expected));
        assert_eq!(export(&mut engine), export(&mut expected));
        assert_eq!(expected.info().precision, "int8");
        assert_eq!(engine.info(), Info { precision: "compact", ..expected.info() });
    }
}

#[wasm_bindgen_test]
fn every_flipped_bit_of_the_coded_tensors_is_refused() {
    let (_, compact) = pair();
    let file = compact.write();
    let start = header_length(&file);
    let mut offset = start;
    let mut coded = Vec::new();
    for (name, .., bytes) in &compact.tensors {
        if name.contains(".block.") || name == "coding.tables" {
            coded.push(offset..offset + bytes.len());
        }
        offset += bytes.len();
    }
    let bytes: Vec<usize> = coded.into_iter().flatten().collect();
    let mut random = Random(5);
    for _ in 0..2000 {
        let mut bad = file.clone();
        bad[bytes[random.below(bytes.len())]] ^= 1 << random.below(8);
        let error = load(&bad, 4096).map(|_| ()).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::InvalidField { file, .. } if file == "the compact file")
        );
    }
}

#[wasm_bindgen_test]
fn tensors_that_contradict_each_other_are_named() {
    const BLOCK: &str = "encoder.layer.0.attention.self.query.weight.block.0";
    let refused = |change: &dyn Fn(&mut File)| {
        let mut file = pair().1;
        change(&mut file);
        load(&file.write(), 1 << 20).map(|_| ()).unwrap_err()
    };
    let is_about = |error: &Error, name: &str| matches!(error.kind(), ErrorKind::InvalidField { field, .. } if field == name);

    let error = refused(&|file| file.tensors.retain(|(name, ..)| name != BLOCK));
    assert_eq!(*error.kind(), ErrorKind::MissingTensor { name: BLOCK.to_owned() });
    // Nothing of it would ever be decoded.
    let error = refused(&|file| {
        let (.., shape, bytes) = file.tensor(BLOCK);
        bytes.clear();
        *shape = vec![0];
    });
    assert!(is_about(&error, BLOCK), "{error}");
    // Longer than any block of its rows, and cut into rows itself.
    let error = refused(&|file| {
        let (.., shape, bytes) = file.tensor(BLOCK);
        bytes.resize(1 << 16, 0);
        *shape = vec![bytes.len()];
    });
    assert!(is_about(&error, BLOCK), "{error}");
    let error = refused(&|file| {
        let (.., shape, bytes) = file.tensor(BLOCK);
        *shape = vec![2, bytes.len() / 2];
        bytes.truncate(bytes.len() / 2 * 2);
    });
    assert!(is_about(&error, BLOCK), "{error}");
    // The block of another tensor, whole as it is, and tables that come too late.
    let error = refused(&|file| {
        let other = file.tensor("embeddings.word_embeddings.weight.block.0").clone();
        let (.., shape, bytes) = file.tensor(BLOCK);
        *shape = other.2;
        *bytes = other.3;
    });
    assert!(is_about(&error, BLOCK), "{error}");
    let error = refused(&|file| {
        let tables = file.tensors.iter().position(|(name, ..)| name == "coding.tables").unwrap();
        let tables = file.tensors.remove(tables);
        file.tensors.push(tables);
    });
    assert!(error.to_string().contains("lies in front of"), "{error}");
    let error = refused(&|file| file.metadata["version"] = json!("3"));
    assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }));
}

#[wasm_bindgen_test]
fn random_damage_never_traps() {
    let file = pair().1.write();
    let mut random = Random(9);
    for _ in 0..1500 {
        let mut bad = file.clone();
        for _ in 0..1 + random.below(3) {
            let at = random.below(bad.len());
            bad[at] = random.below(256) as u8;
        }
        if random.below(4) == 0 {
            bad.truncate(random.below(bad.len()));
        }
        if let Ok(mut engine) = load(&bad, 1 << 20) {
            assert_eq!(vectors(&mut engine).len(), TEXTS.len() * engine.dimension());
        }
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % end
    }
}
