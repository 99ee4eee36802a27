//! Every kind of model, streamed through the loader, against the reference.

use crate::fixtures::Fixture;
use crate::{cosine, encode, export, exported, load_packed, score};
use edgebert::engine::Engine;
use edgebert::model::arithmetic::Precision;
use edgebert::packed::writer::Exporter;
use serde_json::Value;
use wasm_bindgen_test::wasm_bindgen_test;

/// Relative to a vector's largest element.
const F32_ERROR: f32 = 2e-5;
const INT8_COSINE: f32 = 0.999;
/// Of models whose hidden size is below 64: they have fewer weights to average the rounding over.
const INT8_COSINE_SMALL: f32 = 0.995;

/// What the engine says and what the reference does, for each case of a model.
fn answers(engine: &mut Engine, expected: &Value) -> Vec<(String, Vec<f32>, Vec<f32>)> {
    let floats = |value: &Value| -> Vec<f32> {
        value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect()
    };
    let list = |name: &str| expected[name].as_array().cloned().unwrap_or_default();
    let mut answers = Vec::new();
    for case in list("cases") {
        let text = case["text"].as_str().unwrap();
        answers.push((
            text.to_owned(),
            encode(engine, &[text], false, ""),
            floats(&case["vector"]),
        ));
    }
    for case in list("prompted") {
        let (prompt, text) = (case["prompt"].as_str().unwrap(), case["text"].as_str().unwrap());
        answers.push((
            prompt.to_owned(),
            encode(engine, &[text], true, prompt),
            floats(&case["unit"]),
        ));
    }
    for case in list("pairs") {
        let (query, document) =
            (case["query"].as_str().unwrap(), case["document"].as_str().unwrap());
        answers.push((
            document.to_owned(),
            score(engine, query, &[document]),
            floats(&case["scores"]),
        ));
    }
    answers
}

#[wasm_bindgen_test]
async fn float32_equals_the_reference() {
    let fixtures = Fixture::all();
    assert!(fixtures.len() >= 28);
    for fixture in fixtures {
        let (name, expected) = (&fixture.name, fixture.expected());
        let mut engine =
            fixture.stream(Precision::F32).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(Some(engine.max_length() as u64), expected["maxLength"].as_u64(), "{name}");
        let answers = answers(&mut engine, &expected);
        assert!(answers.len() >= 4, "{name} has too few cases");
        for (text, found, reference) in answers {
            assert_eq!(found.len(), reference.len(), "{name}: {text:?}");
            let largest = reference.iter().fold(0.0f32, |max, x| max.max(x.abs()));
            for (index, (f, r)) in found.iter().zip(&reference).enumerate() {
                let close = (f - r).abs() <= F32_ERROR * largest;
                assert!(close, "{name}: {text:?}: element {index} is {f}, expected {r}");
            }
        }
    }
}

#[wasm_bindgen_test]
async fn int8_is_near_the_reference_and_survives_the_packed_file() {
    for fixture in Fixture::all() {
        let (name, expected) = (&fixture.name, fixture.expected());
        let mut engine =
            fixture.stream(Precision::Int8).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        let small = engine.model.config.hidden < 64;
        let least = if small { INT8_COSINE_SMALL } else { INT8_COSINE };
        let first = answers(&mut engine, &expected);
        for (text, found, reference) in &first {
            // One score has no direction, and neither has the vector of a text without tokens.
            let near = match (found.as_slice(), reference.as_slice()) {
                ([found], [reference]) => 1.0 - (found - reference).abs() / 4.0,
                (found, reference) if reference.iter().all(|&x| x == 0.0) => {
                    f32::from(u8::from(found == reference))
                }
                _ => cosine(found, reference),
            };
            assert!(near >= least, "{name}: {text:?}: {near}");
        }
        let packed = export(&mut engine);
        let mut again = load_packed(&packed);
        assert_eq!(again.info(), engine.info(), "{name}");
        assert_eq!(answers(&mut again, &expected), first, "{name}");
        assert_eq!(export(&mut again), packed, "{name}");
    }
}

/// A packed file cut to some texts gives them the same vectors, bit for bit.
#[wasm_bindgen_test]
async fn a_cut_vocabulary_leaves_the_vectors_of_its_texts_alone() {
    let mut smaller = 0;
    for fixture in Fixture::all() {
        let (name, expected) = (&fixture.name, fixture.expected());
        let mut engine = fixture.stream(Precision::Int8).await.unwrap();
        let texts = ["the cat sat", "A hat, undoable!", "query: hello"];
        let used: Vec<u32> = texts.iter().flat_map(|text| engine.tokenize(text).to_vec()).collect();
        let exporter = match Exporter::for_tokens(&engine, &used) {
            Ok(exporter) => exporter,
            Err(error) => {
                assert!(
                    engine.model.config.bag.is_some() && error.code() == "unsupported",
                    "{name}"
                );
                continue;
            }
        };
        let file = exported(exporter, &mut engine);
        let mut cut = load_packed(&file);
        assert_eq!(cut.max_length() as u64, expected["maxLength"].as_u64().unwrap(), "{name}");
        smaller += u32::from(cut.model.config.vocabulary < engine.model.config.vocabulary);
        for text in texts {
            if engine.dimension() == cut.dimension() && engine.info().task == "embedding" {
                let found = encode(&mut cut, &[text], true, "");
                assert_eq!(found, encode(&mut engine, &[text], true, ""), "{name}: {text}");
            } else {
                let found = score(&mut cut, text, &texts);
                assert_eq!(found, score(&mut engine, text, &texts), "{name}: {text}");
            }
        }
    }
    assert!(smaller > 20, "only {smaller} vocabularies are smaller");
}
