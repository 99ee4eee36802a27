//! Models and files that once went wrong without a word.

use crate::fixtures::Fixture;
use crate::{F32, encode, export, load_error, load_packed, score, with_header};
use edgebert::ErrorKind;
use edgebert::bindings::memory_bytes;
use edgebert::kernels::checksum::xxhash32;
use edgebert::load::Loader;
use edgebert::model::arithmetic::Precision;
use edgebert::weights::header::Header;
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

/// The text of a safetensors file with one float32 matrix and a vector.
fn dense_weights(width: usize) -> Vec<u8> {
    let weight = (0..width * width).map(|i| ((i * 7 % 11) as f32 - 5.0) / 20.0);
    let bias = (0..width).map(|i| i as f32 / 50.0);
    let data: Vec<u8> = weight.chain(bias).flat_map(f32::to_le_bytes).collect();
    let (middle, end) = (width * width * 4, data.len());
    let header = json!({
        "linear.weight": { "dtype": "F32", "shape": [width, width], "data_offsets": [0, middle] },
        "linear.bias": { "dtype": "F32", "shape": [width], "data_offsets": [middle, end] },
    });
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat()
}

/// A model with a Dense module at each of `paths`, all with the same weights.
fn with_dense(paths: &[&str]) -> Fixture {
    let fixture = Fixture::named("mean-gelu-new");
    let config: Value = serde_json::from_str(fixture.text("config.json").unwrap()).unwrap();
    let width = config["hidden_size"].as_u64().unwrap() as usize;
    let module = |class: &str, path: &str| json!({ "type": format!("sentence_transformers.models.{class}"), "path": path });
    let mut modules = vec![module("Transformer", ""), module("Pooling", "1_Pooling")];
    modules.extend(paths.iter().map(|path| module("Dense", path)));
    let dense = json!({
        "in_features": width,
        "out_features": width,
        "bias": true,
        "activation_function": "torch.nn.modules.activation.Tanh",
    });
    let fixture = fixture.with("modules.json", Value::from(modules).to_string());
    paths.iter().fold(fixture, |fixture, path| {
        fixture
            .with(&format!("{path}/config.json"), dense.to_string())
            .with(&format!("{path}/model.safetensors"), dense_weights(width))
    })
}

#[wasm_bindgen_test]
fn a_module_that_is_listed_twice_has_its_weights_twice() {
    for precision in [Precision::F32, Precision::Int8] {
        let mut tied = with_dense(&["2_Dense", "2_Dense"]).load(precision).unwrap();
        let mut apart = with_dense(&["2_Dense", "3_Dense"]).load(precision).unwrap();
        let texts = ["a cat", "the dog sat"];
        let found = encode(&mut tied, &texts, false, "");
        assert_eq!(found, encode(&mut apart, &texts, false, ""));
        assert_ne!(found[..found.len() / 2], found[found.len() / 2..]);
        if precision == Precision::Int8 {
            let packed = export(&mut tied);
            let mut again = load_packed(&packed);
            assert_eq!(encode(&mut again, &texts, false, ""), found);
            assert_eq!(export(&mut again), packed);
        }
    }
}

#[wasm_bindgen_test]
fn a_classifier_without_labels_is_refused() {
    let fixture = Fixture::named("cross-one");
    let mut config: Value = serde_json::from_str(fixture.text("config.json").unwrap()).unwrap();
    config["id2label"] = json!({});
    let error =
        fixture.with("config.json", config.to_string()).load(Precision::Int8).err().unwrap();
    let ErrorKind::InvalidField { file, field, .. } = error.kind() else { panic!("{error}") };
    assert_eq!((file.as_str(), field.as_str()), ("config.json", "id2label"));
}

#[wasm_bindgen_test]
fn a_loader_that_has_failed_stays_failed() {
    let header = 8 + u64::from_le_bytes(*F32.weights.first_chunk().unwrap()) as usize;
    let mut broken = F32.weights.to_vec();
    broken[header + 4096..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
    for piece in [500, 4096, 1 << 20] {
        let mut loader = F32.loader(Precision::Int8);
        let pushed: Vec<_> = broken.chunks(piece).map(|bytes| loader.push(bytes)).collect();
        let first = pushed.iter().position(Result::is_err).expect("NaN was taken");
        let error = pushed[first].clone().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NonFinite { .. }), "{error}");
        for later in &pushed[first..] {
            assert_eq!(*later, Err(error.clone()));
        }
        let named = loader.file("config.json".to_owned(), String::new());
        assert_eq!(named, Err(error.clone()));
        assert_eq!(loader.finish().err(), Some(error));
    }
    // Neither does a header that was refused give way to the next one.
    let mut loader = F32.loader(Precision::Int8);
    assert!(loader.push(&with_header(|header| header.replace("F32", "I8"))).is_err());
    assert!(loader.push(F32.weights).is_err());
}

#[wasm_bindgen_test]
fn stored_bytes_that_have_changed_are_found_before_they_are_read() {
    let file = export(&mut F32.load(Precision::Int8, 1 << 20).unwrap());
    let pieces = || file.chunks(5_000).map(|piece| (piece, xxhash32(piece)));
    let mut loader = Loader::new(Precision::Int8);
    pieces().for_each(|(piece, checksum)| loader.push_stored(piece, checksum).unwrap());
    loader.finish().unwrap();
    for damaged in [0, 1, file.len() / 5_000] {
        let mut loader = Loader::new(Precision::Int8);
        let results = pieces().enumerate().map(|(index, (piece, checksum))| {
            let mut piece = piece.to_vec();
            // In the first piece a length that would be refused as such.
            piece[7] ^= if index == damaged { 64 } else { 0 };
            loader.push_stored(&piece, checksum)
        });
        let results: Vec<_> = results.collect();
        let first = results.iter().position(Result::is_err);
        assert_eq!(first, Some(damaged));
        for result in &results[damaged..] {
            assert_eq!(result.as_ref().unwrap_err().code(), "integrity");
        }
        assert_eq!(loader.finish().err().map(|error| error.code()), Some("integrity"));
    }
}

/// A packed file with one entry of its metadata changed.
fn repacked(change: impl FnOnce(&mut serde_json::Map<String, Value>)) -> Vec<u8> {
    let file = export(&mut F32.load(Precision::Int8, 1 << 20).unwrap());
    let (length, rest) = file.split_first_chunk::<8>().unwrap();
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let mut header: Value = serde_json::from_slice(header).unwrap();
    change(header["__metadata__"].as_object_mut().unwrap());
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

#[wasm_bindgen_test]
fn metadata_of_a_packed_file_is_read_and_blamed_as_what_it_is() {
    let cases = [
        ("prompts", r#"{}, "prompts": {"query": "injected"}"#, "prompts"),
        ("prompts", "[]", "prompts"),
        ("prompts", r#"{"query": 1}"#, "prompts"),
        ("config", "{}", "config"),
        ("config", "{", "config"),
        ("max_length", "-1", "max_length"),
        ("max_length", "0", "max_length"),
        ("version", "5", "version"),
        ("pooling", "attention", "pooling"),
        ("default_prompt", "mine", "default_prompt"),
        ("tokenizer", "{}", "tokenizer"),
    ];
    for (key, value, named) in cases {
        let file = repacked(|metadata| {
            metadata.insert(key.to_owned(), json!(value));
        });
        let mut loader = Loader::new(Precision::Int8);
        let error = loader.push(&file).and_then(|()| loader.finish().map(|_| ()));
        let error = error.expect_err(value).to_string();
        let blamed = error.contains("packed") || error.contains("maxLength");
        let named = error.contains(named) || error.contains("maxLength");
        assert!(blamed && named, "{key} = {value}: {error}");
        assert!(!error.contains("config.json"), "{error}");
    }
    for missing in ["version", "config", "tokenizer", "pooling", "prompts", "max_length"] {
        let file = repacked(|metadata| {
            metadata.remove(missing);
        });
        let error = Loader::new(Precision::Int8).push(&file).unwrap_err().to_string();
        assert!(error.contains(missing) && error.contains("missing"), "{error}");
    }
}

#[wasm_bindgen_test]
fn a_large_call_keeps_no_memory() {
    let mut engine = F32.load(Precision::Int8, 1 << 20).unwrap();
    let mut call = |count: usize| {
        let texts = (0..count).map(|_| Ok("the cat sat on a dog and a cat".to_owned()));
        let mut numbers = 0;
        engine.encode(texts, true, "", |group| numbers += group.len()).unwrap();
        assert_eq!(numbers, count * engine.dimension());
    };
    call(500);
    let before = memory_bytes();
    call(50_000);
    assert_eq!(memory_bytes(), before);
}

#[wasm_bindgen_test]
fn documents_that_share_a_query_are_scored_as_if_alone() {
    for name in ["cross-one", "cross-roberta", "cross-saved"] {
        let mut engine = Fixture::named(name).load(Precision::Int8).unwrap();
        let long = "the cat sat on the mat ".repeat(10);
        let documents = ["", "hello", &long, "how are you?", "a hat"];
        for query in ["", "a cat", &long] {
            let together = score(&mut engine, query, &documents);
            let alone =
                documents.iter().flat_map(|document| score(&mut engine, query, &[document]));
            assert_eq!(together, alone.collect::<Vec<_>>(), "{name}: {query:?}");
        }
    }
}

#[wasm_bindgen_test]
fn a_text_that_is_none_fails_the_call_and_not_the_engine() {
    let mut engine = F32.load(Precision::Int8, 1 << 20).unwrap();
    let before = encode(&mut engine, &["cat"], true, "");
    let bad = edgebert::Error::from(ErrorKind::State { reason: "no text".to_owned() });
    let texts = [Ok("cat".to_owned()), Err(bad.clone())];
    assert_eq!(engine.encode(texts, true, "", |_| panic!("half a result")), Err(bad));
    assert_eq!(encode(&mut engine, &["cat"], true, ""), before);
}

#[wasm_bindgen_test]
fn types_of_tensors_that_nobody_wants_have_their_sizes_too() {
    // A checkpoint carries position ids as I64: 8 bytes each.
    let extra = |dtype: &str, bytes: usize| {
        let length = F32.weights.len()
            - 8
            - u64::from_le_bytes(*F32.weights.first_chunk().unwrap()) as usize;
        let entry = format!(
            r#"{{"position_ids":{{"dtype":"{dtype}","shape":[4],"data_offsets":[{length},{}]}},"#,
            length + bytes
        );
        [with_header(|header| header.replacen('{', &entry, 1)), vec![0; bytes]].concat()
    };
    for (dtype, bytes) in [("I64", 32), ("I32", 16), ("BOOL", 4), ("F64", 32), ("F8_E4M3", 4)] {
        let mut loader = F32.loader(Precision::Int8);
        loader.push(&extra(dtype, bytes)).unwrap();
        loader.finish().unwrap();
        let error = load_error(&extra(dtype, 3));
        assert!(matches!(error.kind(), ErrorKind::NotSafetensors { .. }), "{dtype}: {error}");
    }
    let error = load_error(&extra("ZZ", 4));
    assert!(matches!(error.kind(), ErrorKind::NotSafetensors { .. }), "{error}");
}

#[wasm_bindgen_test]
fn texts_that_are_cut_are_counted() {
    let mut model = F32.load(Precision::Int8, 1 << 20).unwrap();
    model.set_max_length(6).unwrap();
    let fits = "the cat sat on";
    encode(&mut model, &[fits, "", "the cat sat on \n"], true, "");
    assert_eq!(model.truncated(), 0);
    encode(&mut model, &["the cat sat on the", fits, &"a ".repeat(1000)], true, "");
    assert_eq!(model.truncated(), 2);
    encode(&mut model, &[fits], true, "the ");
    assert_eq!(model.truncated(), 3);

    let mut pairs = Fixture::named("cross-one").load(Precision::Int8).unwrap();
    pairs.set_max_length(7).unwrap();
    score(&mut pairs, "the cat", &["the cat", "the dog sat", "on"]);
    assert_eq!(pairs.truncated(), 1);
    score(&mut pairs, "the cat sat on the mat", &["on", "the"]);
    assert_eq!(pairs.truncated(), 3);
}

#[wasm_bindgen_test]
fn a_header_in_reverse_order_is_read_in_the_order_of_the_data() {
    // Putting each tensor into its place as it comes would take minutes for as many as a header may list.
    const TENSORS: usize = 100_000;
    let mut table = String::from("{");
    for at in (0..TENSORS).rev() {
        let comma = if at == 0 { "" } else { "," };
        let end = at + 1;
        table +=
            &format!(r#""{at}":{{"dtype":"U8","shape":[1],"data_offsets":[{at},{end}]}}{comma}"#);
    }
    table.push('}');
    let file = [&(table.len() as u64).to_le_bytes()[..], table.as_bytes()].concat();
    let header = Header::parse(&file).unwrap();
    assert_eq!(header.data_length(), TENSORS);
    for at in [0, 1, TENSORS / 2, TENSORS - 1] {
        assert_eq!(header.index(&at.to_string()), Some(at));
    }
}
