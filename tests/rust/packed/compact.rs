//! Compact files: they load as the packed file with the same values does, and damage is refused.

use crate::file::{File, Random, TEXTS, export, header_length, load, packed, vectors};
use edgebert::engine::Info;
use edgebert::{Error, ErrorKind};
use edgebert_coding::encode::{Rows, encode};
use edgebert_coding::step;
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

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
    let error = refused(&|file| file.metadata["version"] = json!("4"));
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
