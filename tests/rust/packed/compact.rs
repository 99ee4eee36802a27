//! Compact files: they load as the packed file with the same values does, and damage is refused.

use crate::equalized::equalized;
use crate::file::{File, Random, TEXTS, export, header_length, load, packed, vectors};
use edgebert::engine::Info;
use edgebert::{Error, ErrorKind};
use edgebert_coding::encode::{Rows, encode};
use edgebert_coding::step;
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

const EQUALIZATION: &str = "encoder.layer.0.attention.self.query.weight.equalization";

/// A packed file in which each row has one step, and the compact file of the same values: of version 4, or of
/// version 2 where inputs are not equalised.
fn pair(equalized_inputs: bool) -> (Vec<u8>, File) {
    let mut plain = if equalized_inputs { equalized() } else { File::read(&packed()) };
    let names: Vec<String> = plain.tensors.iter().map(|(name, ..)| name.clone()).collect();
    let mut compact = File { metadata: plain.metadata.clone(), tensors: Vec::new() };
    compact.metadata["version"] = json!(if equalized_inputs { "4" } else { "2" });
    let mut halved = Vec::new();
    let mut rows: Vec<(String, Rows)> = Vec::new();
    for name in names {
        let (_, dtype, shape, bytes) = plain.tensor(&name).clone();
        if dtype == "I8" {
            let count = shape[0];
            let steps: Vec<u8> = (0..count).map(|row| 120 + (row * 7 % 32) as u8).collect();
            let (_, scale_dtype, _, scales) = plain.tensor(&format!("{name}.scale"));
            let row_bytes = scales.len() / count;
            for (row, scales) in scales.chunks_exact_mut(row_bytes).enumerate() {
                let scale = match scale_dtype.as_str() {
                    "BF16" => step::bfloat16(steps[row]).to_le_bytes()[2..].to_vec(),
                    _ => step::value(steps[row]).to_le_bytes().to_vec(),
                };
                scales.chunks_exact_mut(scale.len()).for_each(|to| to.copy_from_slice(&scale));
            }
            let values = bytes.iter().map(|&byte| byte as i8).collect();
            rows.push((name, Rows { width: shape[1], steps, values }));
        } else if name.ends_with(".equalization") {
            // The test's factors are quarters of octaves; here they are those that bfloat16 has.
            let factors = &mut plain.tensor(&name).3;
            factors.chunks_exact_mut(4).for_each(|bytes| bytes[..2].fill(0));
            let halves = factors.chunks_exact(4).flat_map(|bytes| bytes[2..].to_vec()).collect();
            halved.push((name, "BF16".to_owned(), shape, halves));
        } else if !name.ends_with(".scale") {
            compact.tensors.push((name, dtype, shape, bytes));
        }
    }
    // Float32 comes first.
    let vocabulary = compact.tensors.pop();
    compact.tensors.extend(halved);
    compact.tensors.extend(vocabulary);
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
    for (plain, compact) in [pair(false), pair(true)] {
        let mut expected = load(&plain, 1 << 20).unwrap();
        for piece in [1, 97, 1 << 20] {
            let mut engine = load(&compact.write(), piece).unwrap();
            assert_eq!(vectors(&mut engine), vectors(&mut expected));
            assert_eq!(export(&mut engine), export(&mut expected));
            assert_eq!(expected.info().precision, "int8");
            assert_eq!(engine.info(), Info { precision: "compact", ..expected.info() });
        }
    }
}

#[wasm_bindgen_test]
fn every_flipped_bit_of_the_coded_tensors_is_refused() {
    let (_, compact) = pair(true);
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
        let mut file = pair(true).1;
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
    // Equalizations that are missing, of another length or type, or no factors.
    let error = refused(&|file| file.tensors.retain(|(name, ..)| name != EQUALIZATION));
    assert_eq!(*error.kind(), ErrorKind::MissingTensor { name: EQUALIZATION.to_owned() });
    let error = refused(&|file| {
        let (.., shape, bytes) = file.tensor(EQUALIZATION);
        bytes.truncate(2 * 31);
        *shape = vec![31];
    });
    assert!(matches!(error.kind(), ErrorKind::WrongShape { name, .. } if name == EQUALIZATION));
    let error = refused(&|file| {
        let (_, dtype, _, bytes) = file.tensor(EQUALIZATION);
        *dtype = "F32".to_owned();
        bytes.extend(bytes.clone());
    });
    assert!(matches!(error.kind(), ErrorKind::WrongDtype { name, .. } if name == EQUALIZATION));
    let error = refused(&|file| file.tensor(EQUALIZATION).3[10..12].fill(0));
    assert!(is_about(&error, EQUALIZATION), "{error}");
    let error = refused(&|file| file.tensor(EQUALIZATION).3[10..12].fill(0xff));
    assert!(matches!(error.kind(), ErrorKind::NonFinite { index: 5, .. }), "{error}");
    let error = refused(&|file| file.metadata["version"] = json!("5"));
    assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }));
}

/// Blocks do not say for which form they were made.
#[wasm_bindgen_test]
fn a_compact_file_of_one_version_is_not_read_as_the_other() {
    let mut with = pair(true).1;
    with.metadata["version"] = json!("3");
    let error = load(&with.write(), 1 << 20).map(|_| ()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::MissingTensor { .. }), "{error}");
    let mut without = pair(false).1;
    without.metadata["version"] = json!("4");
    let error = load(&without.write(), 1 << 20).map(|_| ()).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::MissingTensor { name: EQUALIZATION.to_owned() });
    // The other way round, weights would count without what they were divided by.
    with.metadata["version"] = json!("2");
    let error = load(&with.write(), 1 << 20).map(|_| ()).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unsupported { field, .. } if field.ends_with(".equalization")),
        "{error}"
    );
}

#[wasm_bindgen_test]
fn random_damage_never_traps() {
    let files = [pair(false).1.write(), pair(true).1.write()];
    let mut random = Random(9);
    for attempt in 0..2000 {
        let file = &files[attempt % 2];
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
