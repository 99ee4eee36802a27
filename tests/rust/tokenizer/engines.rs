//! Models whose tokenizer is not WordPiece: from their files to vectors, and packed.

use edgebert::engine::Engine;
use edgebert::load::Loader;
use edgebert::model::arithmetic::Precision;
use edgebert::packed::CHUNK;
use edgebert::packed::writer::Exporter;
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

const CONFIG: &str = include_str!("../../fixtures/tiny-bert-f32/config.json");
const TOKENIZER: &str = include_str!("../../fixtures/tiny-bert-f32/tokenizer.json");
const WEIGHTS: &[u8] = include_bytes!("../../fixtures/tiny-bert-f32/model.safetensors");
const WORDS: &str = "hello world how are you a cat";

fn load(tokenizer: &str) -> Engine {
    let mut loader = Loader::new(Precision::Int8);
    for (name, text) in [("config.json", CONFIG), ("tokenizer.json", tokenizer)] {
        loader.file(name.to_owned(), text.to_owned()).unwrap();
    }
    loader.push(WEIGHTS).unwrap();
    loader.finish().unwrap()
}

fn packed(engine: &mut Engine) -> Engine {
    let mut exporter = Exporter::new(engine).unwrap();
    let mut data = Vec::new();
    while let Some(chunk) = exporter.next_chunk(engine) {
        data.extend(chunk);
    }
    let hashes = vec!["0".repeat(64); data.len().div_ceil(CHUNK)];
    let file = [exporter.header(&hashes).unwrap(), data].concat();
    let mut loader = Loader::new(Precision::Int8);
    file.chunks(1000).for_each(|bytes| loader.push(bytes).unwrap());
    loader.finish().unwrap()
}

fn vector(engine: &mut Engine, text: &str) -> Vec<f32> {
    let mut vector = Vec::new();
    engine
        .encode([Ok(text.to_owned())], true, "", |group| vector.extend_from_slice(group))
        .unwrap();
    vector
}

/// The fixture's tokenizer.json with another model over the same words, each with its id of old.
fn with(model: impl Fn(&Value) -> Value, normalizer: Value, splitter: Value) -> String {
    let mut root: Value = serde_json::from_str(TOKENIZER).unwrap();
    root["model"] = model(&root["model"]["vocab"]);
    root["normalizer"] = normalizer;
    root["pre_tokenizer"] = splitter;
    root["added_tokens"] = json!([]);
    root.to_string()
}

#[wasm_bindgen_test]
fn the_same_ids_have_the_same_vectors_whatever_the_model_of_subwords_is() {
    let mut word_piece = load(TOKENIZER);
    let expected = vector(&mut word_piece, WORDS);
    let ids = word_piece.tokenize(WORDS).to_vec();

    let unigram = with(
        |vocabulary| {
            let mut pieces = vec![json!(["", -50]); vocabulary.as_object().unwrap().len()];
            for (word, id) in vocabulary.as_object().unwrap() {
                pieces[id.as_u64().unwrap() as usize] = json!([format!("▁{word}"), -1]);
            }
            json!({ "type": "Unigram", "unk_id": 1, "vocab": pieces })
        },
        json!({ "type": "NFKC" }),
        json!({ "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always" }),
    );
    let bpe = with(
        |vocabulary| {
            json!({ "type": "BPE", "unk_token": "[UNK]", "ignore_merges": true, "vocab": vocabulary,
                "merges": [] })
        },
        json!({ "type": "Lowercase" }),
        json!({ "type": "WhitespaceSplit" }),
    );
    for json in [unigram, bpe] {
        let mut engine = load(&json);
        assert_eq!(engine.tokenize(WORDS), ids);
        assert_eq!(vector(&mut engine, WORDS), expected);
        let mut again = packed(&mut engine);
        assert_eq!(again.tokenize(WORDS), ids);
        assert_eq!(vector(&mut again, WORDS), expected);
        assert_eq!(again.count_tokens(WORDS), ids.len());
        assert_eq!(again.chunk(WORDS, 4, 0).unwrap().len(), 4);
    }
}
