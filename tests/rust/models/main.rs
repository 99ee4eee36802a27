//! Whole models: small checkpoints with the vectors that sentence-transformers gives for them.

use edgebert::engine::Engine;
use edgebert::load::Loader;
use edgebert::model::arithmetic::Precision;
use edgebert::packed::CHUNK;
use edgebert::packed::writer::Exporter;
use edgebert::{Error, ErrorKind};
use serde_json::Value;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

mod every_kind;
mod faults;
mod fixtures;
mod naive;

wasm_bindgen_test_configure!(run_in_browser);

struct Checkpoint {
    config: &'static str,
    tokenizer: &'static str,
    pooling: &'static str,
    sentence_bert: &'static str,
    weights: &'static [u8],
    expected: &'static str,
}

macro_rules! checkpoint {
    ($name:literal) => {
        Checkpoint {
            config: include_str!(concat!("../../fixtures/", $name, "/config.json")),
            tokenizer: include_str!(concat!("../../fixtures/", $name, "/tokenizer.json")),
            pooling: include_str!(concat!("../../fixtures/", $name, "/1_Pooling/config.json")),
            sentence_bert: include_str!(concat!(
                "../../fixtures/",
                $name,
                "/sentence_bert_config.json"
            )),
            weights: include_bytes!(concat!("../../fixtures/", $name, "/model.safetensors")),
            expected: include_str!(concat!("../../fixtures/", $name, "/expected.json")),
        }
    };
}

const F32: Checkpoint = checkpoint!("tiny-bert-f32");
const F16: Checkpoint = checkpoint!("tiny-bert-f16");

impl Checkpoint {
    fn loader(&self, precision: Precision) -> Loader {
        let mut loader = Loader::new(precision);
        for (name, text) in [
            ("config.json", self.config),
            ("tokenizer.json", self.tokenizer),
            ("1_Pooling/config.json", self.pooling),
            ("sentence_bert_config.json", self.sentence_bert),
        ] {
            loader.file(name.to_owned(), text.to_owned()).unwrap();
        }
        loader
    }

    fn load(&self, precision: Precision, piece: usize) -> Result<Engine, Error> {
        let mut loader = self.loader(precision);
        for bytes in self.weights.chunks(piece) {
            loader.push(bytes)?;
        }
        loader.finish()
    }

    /// Texts, their ids and their pooled vectors.
    fn cases(&self) -> Vec<(String, Vec<u32>, Vec<f32>)> {
        let expected: Value = serde_json::from_str(self.expected).unwrap();
        let cases = expected["cases"].as_array().unwrap().iter();
        let numbers =
            |v: &Value| v.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        cases
            .map(|case| {
                let ids: Vec<f64> = numbers(&case["ids"]);
                let pooled: Vec<f64> = numbers(&case["pooled"]);
                (
                    case["text"].as_str().unwrap().to_owned(),
                    ids.iter().map(|&id| id as u32).collect(),
                    pooled.iter().map(|&x| x as f32).collect(),
                )
            })
            .collect()
    }
}

fn encode(engine: &mut Engine, texts: &[&str], unit_length: bool, prompt: &str) -> Vec<f32> {
    let texts = texts.iter().map(|text| Ok((*text).to_owned()));
    let mut vectors = Vec::new();
    engine.encode(texts, unit_length, prompt, |group| vectors.extend_from_slice(group)).unwrap();
    vectors
}

fn score(engine: &mut Engine, query: &str, documents: &[&str]) -> Vec<f32> {
    let documents = documents.iter().map(|text| Ok((*text).to_owned()));
    let mut scores = Vec::new();
    engine.score(query, documents, |group| scores.extend_from_slice(group)).unwrap();
    scores
}

fn load_packed(file: &[u8]) -> Engine {
    let mut loader = Loader::new(Precision::Int8);
    loader.push(file).unwrap();
    loader.finish().unwrap()
}

fn export(engine: &mut Engine) -> Vec<u8> {
    let exporter = Exporter::new(engine).unwrap();
    exported(exporter, engine)
}

fn exported(mut exporter: Exporter, engine: &mut Engine) -> Vec<u8> {
    let mut data = Vec::new();
    while let Some(chunk) = exporter.next_chunk(engine) {
        data.extend(chunk);
    }
    let hashes = vec!["0".repeat(64); data.len().div_ceil(CHUNK)];
    [exporter.header(&hashes).unwrap(), data].concat()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[wasm_bindgen_test]
fn the_class_of_a_tokenizer_is_that_of_config_json_or_of_the_model() {
    let other = F32.config.replacen('{', r#"{"tokenizer_class":"PreTrainedTokenizerFast","#, 1);
    for (config, wins) in [(F32.config, true), (&other, false)] {
        let mut loader = F32.loader(Precision::Int8);
        loader.file("config.json".to_owned(), config.to_owned()).unwrap();
        let cased = r#"{"do_lower_case":false}"#.to_owned();
        loader.file("tokenizer_config.json".to_owned(), cased).unwrap();
        loader.push(F32.weights).unwrap();
        let mut engine = loader.finish().unwrap();
        let upper = engine.tokenize("CAT").to_vec();
        assert_eq!(engine.tokenize("cat") != upper, wins);
    }
}

#[wasm_bindgen_test]
fn float32_equals_the_reference() {
    for checkpoint in [F32, F16] {
        let mut engine = checkpoint.load(Precision::F32, 1 << 20).unwrap();
        for (text, ids, pooled) in checkpoint.cases() {
            let largest = pooled.iter().fold(0.0f32, |max, x| max.max(x.abs()));
            for (i, (f, e)) in
                encode(&mut engine, &[&text], false, "").iter().zip(&pooled).enumerate()
            {
                let close = (f - e).abs() <= 2e-5 * largest;
                assert!(close, "{text:?}: element {i} is {f}, expected {e}");
            }
            assert_eq!(engine.tokenize(&text), ids, "{text:?}");
        }
    }
}

#[wasm_bindgen_test]
fn int8_stays_close_to_the_reference() {
    for checkpoint in [F32, F16] {
        let mut engine = checkpoint.load(Precision::Int8, 1 << 20).unwrap();
        for (text, _, pooled) in checkpoint.cases() {
            let found = cosine(&encode(&mut engine, &[&text], false, ""), &pooled);
            assert!(found > 0.999, "{text:?}: cosine {found}");
        }
    }
}

#[wasm_bindgen_test]
fn a_vector_does_not_depend_on_its_batch() {
    for precision in [Precision::F32, Precision::Int8] {
        let mut engine = F32.load(precision, 1 << 20).unwrap();
        let cases = F32.cases();
        // 80 texts of 2 to 24 tokens: several groups of 256 tokens, each of several blocks of 64 rows.
        let texts = cases.iter().map(|(text, ..)| text.as_str());
        let mut texts: Vec<&str> = texts.cycle().take(80).collect();
        let alone: Vec<Vec<f32>> =
            texts.iter().map(|t| encode(&mut engine, &[t], false, "")).collect();
        assert_eq!(encode(&mut engine, &texts, false, ""), alone.concat());
        texts.reverse();
        let reversed: Vec<f32> = alone.into_iter().rev().flatten().collect();
        assert_eq!(encode(&mut engine, &texts, false, ""), reversed);
    }
}

#[wasm_bindgen_test]
fn the_packed_file_gives_the_same_vectors_and_itself() {
    for checkpoint in [F32, F16] {
        let mut engine = checkpoint.load(Precision::Int8, 1000).unwrap();
        let file = export(&mut engine);
        let (length, _) = safetensors::SafeTensors::read_metadata(&file).unwrap();
        assert_eq!((8 + length) % 8, 0);

        let mut loader = Loader::new(Precision::Int8);
        file.chunks(777).for_each(|bytes| loader.push(bytes).unwrap());
        let mut again = loader.finish().unwrap();
        assert_eq!(export(&mut again), file);
        assert_eq!(again.info(), engine.info());
        for (text, ..) in checkpoint.cases() {
            assert_eq!(
                encode(&mut again, &[&text], false, ""),
                encode(&mut engine, &[&text], false, "")
            );
            assert_eq!(again.tokenize(&text), engine.tokenize(&text));
        }
    }
}

#[wasm_bindgen_test]
fn the_cut_of_the_stream_does_not_matter() {
    let whole = export(&mut F32.load(Precision::Int8, 1 << 20).unwrap());
    for piece in [1, 63, 4096] {
        assert_eq!(export(&mut F32.load(Precision::Int8, piece).unwrap()), whole);
    }
}

#[wasm_bindgen_test]
fn no_texts_and_the_limits_of_length() {
    let mut engine = F32.load(Precision::Int8, 1 << 20).unwrap();
    assert!(encode(&mut engine, &[], false, "").is_empty());
    assert_eq!(encode(&mut engine, &[""], false, "").len(), engine.dimension());
    for bad in [0, 1, 25, usize::MAX] {
        let error = engine.set_max_length(bad).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }));
    }
    let long = "cat ".repeat(1000);
    for length in [2, 3, 24] {
        engine.set_max_length(length).unwrap();
        assert!(encode(&mut engine, &[&long], false, "").iter().all(|x| x.is_finite()));
    }
}

/// The float checkpoint with its header's text changed.
fn with_header(change: impl Fn(String) -> String) -> Vec<u8> {
    let length = u64::from_le_bytes(*F32.weights.first_chunk().unwrap()) as usize;
    let header = String::from_utf8(F32.weights[8..8 + length].to_vec()).unwrap();
    let header = change(header);
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &F32.weights[8 + length..]].concat()
}

fn load_error(file: &[u8]) -> Error {
    let mut loader = F32.loader(Precision::Int8);
    match loader.push(file).and_then(|()| loader.finish()) {
        Ok(_) => panic!("loaded"),
        Err(error) => error,
    }
}

const QUERY: &str = "encoder.layer.0.attention.self.query.weight";

#[wasm_bindgen_test]
fn a_bad_file_is_named_by_its_tensor() {
    let renamed = with_header(|header| header.replace(QUERY, "something.else"));
    assert_eq!(*load_error(&renamed).kind(), ErrorKind::MissingTensor { name: QUERY.to_owned() });

    let reshaped = with_header(|header| {
        let start = header.find(QUERY).unwrap();
        let (before, after) = header.split_at(start);
        before.to_owned() + &after.replacen("[32,32]", "[16,64]", 1)
    });
    let expected = ErrorKind::WrongShape {
        name: QUERY.to_owned(),
        expected: vec![32, 32],
        found: vec![16, 64],
    };
    assert_eq!(*load_error(&reshaped).kind(), expected);

    let retyped = with_header(|header| {
        let start = header.find(QUERY).unwrap();
        let (before, after) = header.split_at(start);
        before.to_owned() + &after.replacen("\"F32\"", "\"I32\"", 1)
    });
    assert!(
        matches!(load_error(&retyped).kind(), ErrorKind::WrongDtype { name, .. } if name == QUERY)
    );

    let header = 8 + u64::from_le_bytes(*F32.weights.first_chunk().unwrap()) as usize;
    let table: Value = serde_json::from_slice(&F32.weights[8..header]).unwrap();
    let start = header + table[QUERY]["data_offsets"][0].as_u64().unwrap() as usize;
    let mut infinite = F32.weights.to_vec();
    infinite[start + 4 * 33..][..4].copy_from_slice(&f32::INFINITY.to_le_bytes());
    assert_eq!(
        *load_error(&infinite).kind(),
        ErrorKind::NonFinite { name: QUERY.to_owned(), index: 33 }
    );

    let html = b"<!DOCTYPE html><html><body>Not found</body></html>";
    assert!(matches!(load_error(html).kind(), ErrorKind::NotSafetensors { .. }));
    assert!(matches!(load_error(b"").kind(), ErrorKind::Truncated { .. }));
    let cut = &F32.weights[..F32.weights.len() - 1];
    assert!(matches!(load_error(cut).kind(), ErrorKind::Truncated { .. }));
}

#[wasm_bindgen_test]
fn a_missing_or_contradictory_side_file_is_named() {
    let mut loader = Loader::new(Precision::Int8);
    let error = loader.push(F32.weights).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::MissingFile { file: "config.json".to_owned() });

    // Whoever has SentencePiece's own file instead learns what to do.
    let mut loader = Loader::new(Precision::Int8);
    loader.file("config.json".to_owned(), F32.config.to_owned()).unwrap();
    let error = loader.push(F32.weights).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::MissingFile { file: "tokenizer.json".to_owned() });
    assert!(error.to_string().contains("sentencepiece.bpe.model"), "{error}");

    let mut loader = F32.loader(Precision::Int8);
    let more_layers = F32.config.replace("\"num_hidden_layers\":2", "\"num_hidden_layers\":3");
    loader.file("config.json".to_owned(), more_layers).unwrap();
    let error = loader.push(F32.weights).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidField { file, field, .. }
        if file == "config.json" && field == "num_hidden_layers"));

    let mut loader = F32.loader(Precision::Int8);
    let smaller = F32.config.replace("\"vocab_size\":37", "\"vocab_size\":30");
    loader.file("config.json".to_owned(), smaller).unwrap();
    let error = loader.push(F32.weights).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidField { field, .. } if field == "vocab_size"));

    let packed = export(&mut F32.load(Precision::Int8, 1 << 20).unwrap());
    let mut loader = Loader::new(Precision::F32);
    let error = loader.push(&packed).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unsupported { field, .. } if field == "precision"));
}

#[wasm_bindgen_test]
fn side_files_are_refused_and_known_before_the_weights() {
    let mut loader = F32.loader(Precision::Int8);
    assert_eq!(loader.outline(), None);
    assert!(matches!(loader.set_max_length(8).unwrap_err().kind(), ErrorKind::State { .. }));
    loader.read_files().unwrap();
    let outline = loader.outline().unwrap();
    assert_eq!((outline.task, outline.pooling.as_str()), ("embedding", "mean"));
    let longest = outline.positions;
    let error = loader.set_max_length(longest + 1).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unsupported { field, .. } if field == "maxLength"));
    loader.set_max_length(8).unwrap();
    loader.push(F32.weights).unwrap();
    let mut engine = loader.finish().unwrap();
    assert_eq!(engine.max_length(), 8);

    // A packed file says it in its header, and has the model's own length.
    let packed = export(&mut engine);
    let mut loader = Loader::new(Precision::Int8);
    let header = 8 + u64::from_le_bytes(*packed.first_chunk().unwrap()) as usize;
    loader.push(&packed[..header]).unwrap();
    assert_eq!(loader.outline().unwrap().positions, longest);
    loader.push(&packed[header..]).unwrap();
    assert_ne!(loader.finish().unwrap().max_length(), 8);

    // What was refused stays refused.
    let mut loader = F32.loader(Precision::Int8);
    let other = F32.config.replace("\"model_type\":\"bert\"", "\"model_type\":\"t5\"");
    loader.file("config.json".to_owned(), other).unwrap();
    let error = loader.read_files().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unsupported { field, .. } if field == "model_type"));
    assert_eq!(loader.push(F32.weights).unwrap_err(), error);
    assert_eq!(loader.outline(), None);
}

#[wasm_bindgen_test]
fn random_damage_to_a_packed_file_never_traps() {
    let file = export(&mut F32.load(Precision::Int8, 1 << 20).unwrap());
    let header = 8 + u64::from_le_bytes(*file.first_chunk().unwrap()) as usize;
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    let mut refused = 0;
    for _ in 0..3000 {
        let mut bad = file.clone();
        for _ in 0..1 + random(3) {
            let at = random(header);
            bad[at] = random(256) as u8;
        }
        if random(4) == 0 {
            bad.truncate(random(bad.len()));
        }
        let mut loader = Loader::new(Precision::Int8);
        match loader.push(&bad).and_then(|()| loader.finish()) {
            Err(_) => refused += 1,
            Ok(mut engine) => {
                assert_eq!(encode(&mut engine, &["cat"], false, "").len(), engine.dimension())
            }
        }
    }
    assert!(refused > 1000, "only {refused} were refused");
}
