//! Files whose maps take equalised activations of 7 bits: they load, give themselves back, and damage is
//! refused.

use crate::file::{File, Random, TEXTS, export, load, original, packed, vectors};
use edgebert::model::arithmetic::Precision;
use edgebert::{Error, ErrorKind};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

/// Inputs under one scale.
const GROUP: usize = 64;
const QUERY: &str = "encoder.layer.0.attention.self.query.weight.equalization";

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

fn bytes(floats: &[f32]) -> Vec<u8> {
    floats.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// As bfloat16, whose numbers they are.
fn halves(floats: &[f32]) -> Vec<u8> {
    floats.iter().flat_map(|x| x.to_le_bytes()[2..].to_vec()).collect()
}

/// The packed file of the small checkpoint, whose maps are equalised by factors of some size.
pub fn equalized() -> File {
    let mut file = File::read(&packed());
    file.metadata["version"] = json!("3");
    let mut equalizations = Vec::new();
    let weights: Vec<String> = file
        .tensors
        .iter()
        .filter(|(name, dtype, ..)| dtype == "I8" && name.starts_with("encoder."))
        .map(|(name, ..)| name.clone())
        .collect();
    for name in weights {
        let (_, _, shape, values) = file.tensor(&name).clone();
        let (rows, width) = (shape[0], shape[1]);
        let factors: Vec<f32> =
            (0..width).map(|k| 2f32.powf(((k * 7 + width) % 9) as f32 / 4.0 - 1.0)).collect();
        let scales = floats(&file.tensor(&format!("{name}.scale")).3);
        let groups = scales.len() / rows;
        let (mut new, mut new_scales) = (Vec::new(), Vec::new());
        for row in 0..rows {
            let weights: Vec<f32> = (0..width)
                .map(|k| {
                    let value = f32::from(values[row * width + k] as i8);
                    value * scales[row * groups + k / 128] / factors[k]
                })
                .collect();
            for group in weights.chunks(GROUP) {
                let scale = group.iter().fold(0f32, |max, w| max.max(w.abs())) / 127.0;
                let scale = f32::from_bits((scale.to_bits() + 0xffff) & 0xffff_0000);
                new_scales.push(scale);
                new.extend(group.iter().map(|w| (w / scale).round_ties_even() as i8 as u8));
            }
        }
        file.tensor(&name).3 = new;
        let scale = file.tensor(&format!("{name}.scale"));
        scale.2 = vec![rows, new_scales.len() / rows];
        scale.1 = "BF16".to_owned();
        scale.3 = halves(&new_scales);
        if !name.contains("key") && !name.contains("value") {
            let name = format!("{name}.equalization");
            equalizations.push((name, "F32".to_owned(), vec![width], bytes(&factors)));
        }
    }
    // Float32 comes first.
    file.tensors.splice(0..0, equalizations);
    file
}

#[wasm_bindgen_test]
fn an_equalized_file_is_near_the_original_and_gives_itself() {
    let file = equalized().write();
    let expected = vectors(&mut original(Precision::F32));
    let mut first = None;
    for piece in [1, 97, 1 << 20] {
        let mut engine = load(&file, piece).unwrap();
        let found = vectors(&mut engine);
        let dimension = engine.dimension();
        for (found, expected) in found.chunks(dimension).zip(expected.chunks(dimension)) {
            let cosine: f32 = found.iter().zip(expected).map(|(a, b)| a * b).sum();
            assert!(cosine > 0.998, "{cosine}");
        }
        let exported = export(&mut engine);
        let mut again = load(&exported, 1 << 20).unwrap();
        assert_eq!(vectors(&mut again), found);
        assert_eq!(export(&mut again), exported);
        assert_eq!(*first.get_or_insert_with(|| exported.clone()), exported);
        assert_eq!(File::read(&exported).metadata["version"], json!("3"));
        let mut written = File::read(&exported);
        for (name, dtype, shape, bytes) in equalized().tensors {
            let (_, found_dtype, found_shape, found) = written.tensor(&name);
            assert_eq!(
                (found_dtype, found_shape, found),
                (&mut dtype.clone(), &mut shape.clone(), &mut bytes.clone()),
                "{name}"
            );
        }
    }
}

#[wasm_bindgen_test]
fn damaged_equalizations_are_refused() {
    let refused = |change: &dyn Fn(&mut File)| -> Error {
        let mut file = equalized();
        change(&mut file);
        load(&file.write(), 1 << 20).map(|_| ()).unwrap_err()
    };
    let error = refused(&|file| file.tensors.retain(|(name, ..)| name != QUERY));
    assert_eq!(*error.kind(), ErrorKind::MissingTensor { name: QUERY.to_owned() });
    let error = refused(&|file| {
        let (.., shape, bytes) = file.tensor(QUERY);
        bytes.truncate(4 * 31);
        *shape = vec![31];
    });
    assert!(matches!(error.kind(), ErrorKind::WrongShape { name, .. } if name == QUERY), "{error}");
    let error = refused(&|file| {
        let (_, dtype, shape, _) = file.tensor(QUERY);
        *dtype = "I8".to_owned();
        *shape = vec![4 * 32];
    });
    assert!(matches!(error.kind(), ErrorKind::WrongDtype { name, .. } if name == QUERY), "{error}");
    let with = |factor: f32| {
        refused(&|file| {
            file.tensor(QUERY).3[20..24].copy_from_slice(&factor.to_le_bytes());
        })
    };
    for factor in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let expected = ErrorKind::NonFinite { name: QUERY.to_owned(), index: 5 };
        assert_eq!(*with(factor).kind(), expected);
    }
    for factor in [0.0, -0.0, -1.5] {
        let error = with(factor);
        assert!(
            matches!(error.kind(), ErrorKind::InvalidField { field, .. } if field == QUERY),
            "{error}"
        );
        assert!(error.to_string().contains("at index 5"), "{error}");
    }
}

#[wasm_bindgen_test]
fn version_and_scales_belong_together() {
    // Neither version takes the tensors of the other for its own.
    let refused = |mut file: File, version: &str| {
        assert!(load(&file.write(), 1 << 20).is_ok());
        file.metadata["version"] = json!(version);
        load(&file.write(), 1 << 20).map(|_| ()).unwrap_err()
    };
    let error = refused(equalized(), "1");
    assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error}");
    let error = refused(File::read(&packed()), "3");
    let about_scales =
        matches!(error.kind(), ErrorKind::WrongDtype { name, .. } if name.ends_with(".scale"));
    assert!(about_scales, "{error}");
}

#[wasm_bindgen_test]
fn random_damage_never_traps() {
    let file = equalized().write();
    let mut random = Random(11);
    for _ in 0..1000 {
        let mut bad = file.clone();
        for _ in 0..1 + random.below(3) {
            let at = random.below(bad.len());
            bad[at] = random.below(256) as u8;
        }
        if let Ok(mut engine) = load(&bad, 1 << 20) {
            assert_eq!(vectors(&mut engine).len(), TEXTS.len() * engine.dimension());
        }
    }
}
