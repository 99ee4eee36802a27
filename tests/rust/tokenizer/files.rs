//! What tokenizers are read from, and what is refused.

use crate::fixture::{ALL, encode};
use edgebert::Error;
use edgebert::tokenizer::{Scratch, Tokenizer};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

/// A whole tokenizer.json.
fn tokenizer_json(index: usize) -> Value {
    let mut root: Value = serde_json::from_str(ALL[index].options).unwrap();
    for (id, piece) in ALL[index].vocabulary.lines().enumerate() {
        root["model"]["vocab"][piece] = id.into();
    }
    root
}

/// The id of a token, found by its text.
fn id(tokenizer: &Tokenizer, token: &str) -> Option<u32> {
    (0..tokenizer.vocab_size() as u32).rfind(|&id| tokenizer.token(id) == Some(token))
}

/// The message with which a tokenizer.json is refused after a change.
fn refused(change: impl FnOnce(&mut Value)) -> String {
    let mut root = tokenizer_json(0);
    change(&mut root);
    Tokenizer::from_json(&root.to_string()).err().expect("a tokenizer was made of it").to_string()
}

#[wasm_bindgen_test]
fn a_packed_tokenizer_is_the_same_and_packs_the_same() {
    for (index, built) in ALL.iter().enumerate() {
        let read = Tokenizer::from_json(&tokenizer_json(index).to_string()).unwrap();
        let (vocabulary, options) = read.to_packed().unwrap();
        assert_eq!(vocabulary, built.vocabulary.as_bytes());
        let packed = Tokenizer::from_packed(&vocabulary, &options).unwrap();
        assert_eq!(packed.to_packed().unwrap(), (vocabulary, options));
        assert_eq!(packed.vocab_size(), read.vocab_size());
        for case in built.cases() {
            assert_eq!(encode(&packed, &case.text, None), encode(&read, &case.text, None));
        }
    }
}

#[wasm_bindgen_test]
fn ids_need_not_be_in_order_or_without_gaps() {
    let mut root = tokenizer_json(0);
    root["model"]["vocab"]["far"] = 5000.into();
    root["model"]["vocab"]["##\n"] = 5001.into();
    let read = Tokenizer::from_json(&root.to_string()).unwrap();
    let (vocabulary, options) = read.to_packed().unwrap();
    for tokenizer in [read, Tokenizer::from_packed(&vocabulary, &options).unwrap()] {
        assert_eq!(encode(&tokenizer, "far", None), [2, 5000, 3]);
        assert_eq!((tokenizer.token(5000), tokenizer.token(4999)), (Some("far"), None));
        assert_eq!(tokenizer.vocab_size(), 5002);
    }
}

#[wasm_bindgen_test]
fn tokens_and_ids_belong_together() {
    let tokenizer = ALL[1].tokenizer();
    assert_eq!(id(&tokenizer, "[MASK]"), Some(4));
    assert_eq!(tokenizer.token(4), Some("[MASK]"));
    // An added token that no piece has comes after the vocabulary.
    let pieces = ALL[1].vocabulary.lines().count() as u32;
    assert!(id(&tokenizer, "<ent2>").unwrap() >= pieces);
    assert_eq!(id(&tokenizer, "no such piece"), None);
    assert_eq!(tokenizer.token(u32::MAX), None);
    assert_eq!(tokenizer.special_tokens(), 2);
}

#[wasm_bindgen_test]
fn what_is_not_supported_is_named() {
    for (message, change) in [
        ("`model.type` is `WordLevel`,", ("/model/type", json!("WordLevel"))),
        ("`normalizer.type` is `NFX`,", ("/normalizer/type", json!("NFX"))),
        (
            "`pre_tokenizer.type` is `UnicodeScripts`,",
            ("/pre_tokenizer/type", json!("UnicodeScripts")),
        ),
        (
            "`normalizer.pattern.Regex` is `a+`,",
            (
                "/normalizer",
                json!({ "type": "Replace", "pattern": { "Regex": "a+" }, "content": "" }),
            ),
        ),
        (
            "`pre_tokenizer.pattern.Regex` is `[a-z]+`,",
            (
                "/pre_tokenizer",
                json!({ "type": "Split", "pattern": { "Regex": "[a-z]+" },
                    "behavior": "Isolated", "invert": false }),
            ),
        ),
        (
            "`pre_tokenizer.prepend_scheme` is `last`,",
            (
                "/pre_tokenizer",
                json!({ "type": "Metaspace", "replacement": "▁", "prepend_scheme": "last" }),
            ),
        ),
        (
            "`model.unk_id` is null,",
            ("/model", json!({ "type": "Unigram", "unk_id": null, "vocab": [["a", 0]] })),
        ),
        (
            "`model.dropout` is",
            ("/model", json!({ "type": "BPE", "dropout": 0.5, "vocab": {}, "merges": [] })),
        ),
        (
            "`post_processor.processors[1].type`",
            (
                "/post_processor",
                json!({ "type": "Sequence", "processors": [
                    { "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2] },
                    { "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2] },
                ] }),
            ),
        ),
        ("`version` is `2.0`,", ("/version", json!("2.0"))),
    ] {
        let (path, value) = change;
        let found = refused(|root| *root.pointer_mut(path).unwrap() = value);
        assert!(
            found.starts_with("tokenizer.json: ") && found.contains(message),
            "{path}: {found}"
        );
        assert!(found.ends_with("is not supported"), "{path}: {found}");
    }
}

#[wasm_bindgen_test]
fn what_is_malformed_is_named() {
    for (message, path, value) in [
        ("`model.vocab` is not an object", "/model/vocab", json!([["a", 0.5]])),
        ("`model.vocab.a` ", "/model/vocab/a", json!(-1)),
        ("`model.vocab.a` ", "/model/vocab/a", json!(1.5)),
        ("`model.vocab.a` ", "/model/vocab/a", json!(4_000_000_000_u32)),
        ("as has `", "/model/vocab/a", json!(7)),
        ("lacks the unknown token `nope`", "/model/unk_token", json!("nope")),
        ("`model.continuing_subword_prefix` ", "/model/continuing_subword_prefix", json!(2)),
        ("`model.max_input_chars_per_word` ", "/model/max_input_chars_per_word", json!("100")),
        ("`normalizer.lowercase` ", "/normalizer/lowercase", json!("yes")),
        ("`added_tokens[0].single_word` ", "/added_tokens/0/single_word", json!(null)),
        ("`added_tokens[1]` ", "/added_tokens/1", json!("[UNK]")),
        ("`added_tokens` ", "/added_tokens", json!({})),
        (
            "`model.unk_id` is no piece",
            "/model",
            json!({ "type": "Unigram", "unk_id": 1, "vocab": [["a", 0]] }),
        ),
        (
            "`model.vocab` has an entry that is no piece with its score",
            "/model",
            json!({ "type": "Unigram", "unk_id": 0, "vocab": [["a", 0], ["b"]] }),
        ),
        (
            "`model.merges` needs pieces at 0",
            "/model",
            json!({ "type": "BPE", "vocab": { "a": 0, "b": 1 }, "merges": [["a", "b"]] }),
        ),
        (
            "`model.merges` has an entry that is no pair",
            "/model",
            json!({ "type": "BPE", "vocab": { "a": 0, "b": 1 }, "merges": ["a b c"] }),
        ),
        (
            "`normalizer.precompiled_charsmap` is damaged",
            "/normalizer",
            json!({ "type": "Precompiled", "precompiled_charsmap": "AAA=" }),
        ),
        (
            "`post_processor.special_tokens.[CLS]` is missing",
            "/post_processor/special_tokens",
            json!({}),
        ),
    ] {
        let found = refused(|root| *root.pointer_mut(path).unwrap() = value);
        assert!(
            found.starts_with("tokenizer.json: ") && found.contains(message),
            "{path}: {found}"
        );
    }
    let found = refused(|root| {
        let tokens = root["added_tokens"].as_array_mut().unwrap();
        for content in ["Twice", "twice"] {
            let mut token = tokens[0].clone();
            token["content"] = content.into();
            token["normalized"] = true.into();
            tokens.push(token);
        }
    });
    assert!(found.contains("match the same text"), "{found}");
    for text in ["", "[]", "null", "{\"model\"", "{}"] {
        let error = Tokenizer::from_json(text).err().unwrap();
        assert_eq!(error.code(), "format", "{text}: {error}");
    }
}

#[wasm_bindgen_test]
fn older_forms_are_read() {
    let mut root = tokenizer_json(0);
    let model = root["model"].as_object_mut().unwrap();
    model.remove("type");
    root["normalizer"] = json!({ "type": "Sequence", "normalizers": [root["normalizer"]] });
    root["pre_tokenizer"] = json!({ "type": "Sequence", "pretokenizers": [root["pre_tokenizer"]] });
    root["post_processor"] =
        json!({ "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2] });
    root["truncation"] =
        json!({ "max_length": 4, "strategy": "LongestFirst", "stride": 0, "direction": "Right" });
    let older = Tokenizer::from_json(&root.to_string()).unwrap();
    let today = Tokenizer::from_json(&tokenizer_json(0).to_string()).unwrap();
    assert_eq!(older.to_packed().unwrap(), today.to_packed().unwrap());

    root["post_processor"] = json!(null);
    root["normalizer"] = json!(null);
    let bare = Tokenizer::from_json(&root.to_string()).unwrap();
    let a = id(&bare, "a").unwrap();
    assert_eq!(encode(&bare, "a A a", None), [a, id(&bare, "A").unwrap(), a]);
}

const VOCABULARY: &str =
    "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\na\r\nb\r\nA\r\né\r\n一\r\n##b\r\n一一";

#[wasm_bindgen_test]
fn a_vocabulary_file_makes_berts_own_tokenizer() {
    let tokenizer = Tokenizer::from_vocab_txt(VOCABULARY, None).unwrap();
    assert_eq!(encode(&tokenizer, "AB é 一一[MASK]q", None), [2, 5, 10, 1, 9, 9, 4, 1, 3]);
    assert_eq!((tokenizer.vocab_size(), tokenizer.token(11)), (12, Some("一一")));

    let ending = format!("{VOCABULARY}\n\n");
    assert_eq!(Tokenizer::from_vocab_txt(&ending, None).unwrap().vocab_size(), 12);

    let config = json!({
        "tokenizer_class": "BertTokenizer", "do_lower_case": false, "tokenize_chinese_chars": false,
        "strip_accents": null, "mask_token": { "content": "a", "lstrip": true, "rstrip": false,
        "normalized": false, "single_word": false }, "cls_token": "[PAD]", "never_split": [],
        "added_tokens_decoder": { "12": { "content": "<new>", "lstrip": false, "normalized": false,
        "rstrip": false, "single_word": false, "special": false } },
    });
    let tokenizer = Tokenizer::from_vocab_txt(VOCABULARY, Some(&config.to_string())).unwrap();
    assert_eq!(encode(&tokenizer, "A é 一一 ab<new>", None), [0, 7, 8, 11, 5, 6, 12, 3]);
    let offsets = tokenizer.encode_with_offsets("A  a", &mut Scratch::default()).offsets;
    assert_eq!(offsets, [0, 0, 0, 1, 1, 4, 0, 0]);
}

#[wasm_bindgen_test]
fn a_config_of_berts_classes_wins_over_the_normalizer_of_tokenizer_json() {
    let json = tokenizer_json(0).to_string();
    let with = |config: Value| {
        Tokenizer::from_json(&json).unwrap().configured(&config.to_string(), "").unwrap()
    };
    let packed = |tokenizer: &Tokenizer| tokenizer.to_packed().unwrap();
    let plain = packed(&Tokenizer::from_json(&json).unwrap());
    let other = json!({ "tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": false });
    assert_eq!(packed(&with(other)), plain);
    let cased = with(json!({ "tokenizer_class": "BertTokenizerFast", "do_lower_case": false }));
    assert_ne!(packed(&cased), plain);
    let a = id(&cased, "a").unwrap();
    assert_ne!(encode(&cased, "A", None), encode(&cased, "a", None));
    assert_eq!(encode(&cased, "a", None)[1], a);
    for untyped in [
        json!({ "model_input_names": ["input_ids", "attention_mask"] }),
        json!({ "tokenizer_class": "DistilBertTokenizer" }),
    ] {
        assert_ne!(packed(&with(untyped)), plain);
    }
}

/// What transformers 5 makes of `do_lower_case: false` by the class that is named.
#[wasm_bindgen_test]
fn classes_hear_do_lower_case_as_transformers_has_them() {
    let json = tokenizer_json(0).to_string();
    for (class, lowercase, typed) in [
        ("BertTokenizer", false, true),
        ("BertTokenizerFast", false, true),
        ("ElectraTokenizer", false, true),
        ("DistilBertTokenizer", false, false),
        ("MPNetTokenizer", false, false),
        ("SplinterTokenizer", false, false),
        ("DPRContextEncoderTokenizer", true, true),
        ("DPRQuestionEncoderTokenizer", true, true),
        ("DPRContextEncoderTokenizerFast", false, true),
        ("DPRReaderTokenizer", true, false),
        ("DPRReaderTokenizerFast", false, false),
        // No class of BERT's: tokenizer.json is taken as it is.
        ("TokenizersBackend", true, true),
        ("RetriBertTokenizer", true, true),
    ] {
        let config = json!({ "tokenizer_class": class, "do_lower_case": false });
        let read = Tokenizer::from_json(&json).unwrap();
        let (_, options) = read.configured(&config.to_string(), "").unwrap().to_packed().unwrap();
        let options: Value = serde_json::from_str(&options).unwrap();
        assert_eq!(options["normalizer"]["lowercase"], lowercase, "{class}");
        let second = &options["post_processor"]["pair"][3]["Sequence"]["type_id"];
        assert_eq!(second, u8::from(typed), "{class}");
    }
    for class in ["TokenizersBackend", "PreTrainedTokenizerFast"] {
        let config = json!({ "tokenizer_class": class, "do_lower_case": false });
        let tokenizer = Tokenizer::from_vocab_txt(VOCABULARY, Some(&config.to_string())).unwrap();
        assert_ne!(encode(&tokenizer, "A", None), encode(&tokenizer, "a", None));
    }
}

#[wasm_bindgen_test]
fn the_class_of_xlm_roberta_has_its_own_stages() {
    let metaspace = json!({ "type": "Metaspace", "replacement": "▁", "prepend_scheme": "never" });
    let root = json!({
        "added_tokens": [], "post_processor": null, "pre_tokenizer": metaspace,
        "normalizer": { "type": "Sequence", "normalizers": [{ "type": "Lowercase" }] },
        "model": { "type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["▁A", -1], ["▁a", -1], ["a", -2]] },
    });
    let read = || Tokenizer::from_json(&root.to_string()).unwrap();
    assert_eq!(encode(&read(), "A", None), [3]);
    let config = json!({ "tokenizer_class": "XLMRobertaTokenizerFast" }).to_string();
    let tokenizer = read().configured(&config, "").unwrap();
    assert_eq!(encode(&tokenizer, "A  a", None), [1, 2]);
    let (vocabulary, options) = tokenizer.to_packed().unwrap();
    let packed = Tokenizer::from_packed(&vocabulary, &options).unwrap();
    assert_eq!(encode(&packed, "A  a", None), [1, 2]);
    let lowercased = packed.lowercased().unwrap();
    assert_eq!(encode(&lowercased, "A  a", None), [2, 2]);
}

#[wasm_bindgen_test]
fn a_config_without_a_class_has_the_one_that_is_given() {
    let json = tokenizer_json(0).to_string();
    let with = |config: Value, class: &str| {
        let tokenizer = Tokenizer::from_json(&json).unwrap();
        tokenizer.configured(&config.to_string(), class).unwrap().to_packed().unwrap()
    };
    let cased = json!({ "do_lower_case": false });
    let named = json!({ "do_lower_case": false, "tokenizer_class": "BertTokenizer" });
    assert_eq!(with(cased.clone(), "BertTokenizer"), with(named, ""));
    assert_ne!(with(cased.clone(), "BertTokenizer"), with(cased, ""));
}

#[wasm_bindgen_test]
fn blank_lines_of_a_vocabulary_file_are_one_piece_where_ids_of_added_tokens_begin() {
    let token = json!({ "content": "<new>", "lstrip": false, "normalized": false, "rstrip": false,
        "single_word": false, "special": true });
    let config = json!({ "added_tokens_decoder": { "0": token } }).to_string();
    for (lines, expected) in [("", 12), ("\r\n", 13), ("\u{3000}\r\n", 13), ("\n\u{2028}\n\n", 13)]
    {
        let vocabulary = format!("{lines}{VOCABULARY}");
        let tokenizer = Tokenizer::from_vocab_txt(&vocabulary, Some(&config)).unwrap();
        assert_eq!(id(&tokenizer, "<new>"), Some(expected), "{lines:?}");
        let (pieces, options) = tokenizer.to_packed().unwrap();
        assert_eq!(
            id(&Tokenizer::from_packed(&pieces, &options).unwrap(), "<new>"),
            Some(expected)
        );
    }
}

#[wasm_bindgen_test]
fn vocabulary_files_and_configs_that_do_not_fit_are_refused() {
    let refused = |vocabulary: &str, config: Value| -> Error {
        Tokenizer::from_vocab_txt(vocabulary, Some(&config.to_string())).err().unwrap()
    };
    for (message, vocabulary, config) in [
        ("vocab.txt: `vocab` lacks the unknown token `[UNK]`", "a\nb", json!({})),
        ("vocab.txt: `vocab` lacks the special token `[CLS]`", "[UNK]\n[SEP]", json!({})),
        (
            "vocab.txt: `vocab` lacks the special token `<s>`",
            VOCABULARY,
            json!({ "sep_token": "<s>" }),
        ),
        (
            "`tokenizer_class` is `MPNetTokenizer`,",
            VOCABULARY,
            json!({ "tokenizer_class": "MPNetTokenizer" }),
        ),
        (
            "`tokenizer_class` is `BertJapaneseTokenizer`,",
            VOCABULARY,
            json!({ "tokenizer_class": "BertJapaneseTokenizer" }),
        ),
        ("`do_basic_tokenize`", VOCABULARY, json!({ "do_basic_tokenize": false })),
        ("`never_split`", VOCABULARY, json!({ "never_split": ["a"] })),
        ("`do_lower_case` is neither true nor false", VOCABULARY, json!({ "do_lower_case": 1 })),
        ("`added_tokens_decoder.x` ", VOCABULARY, json!({ "added_tokens_decoder": { "x": {} } })),
    ] {
        let found = refused(vocabulary, config.clone()).to_string();
        assert!(found.contains(message), "{config}: {found}");
    }
}

#[wasm_bindgen_test]
fn packed_bytes_are_checked() {
    let options = ALL[0].options;
    for (vocabulary, message) in [
        (&b"[UNK]\n\xFF\n"[..], "is not UTF-8"),
        (b"[UNK]\na", "does not end with a newline"),
        (b"", "lacks the unknown token"),
    ] {
        let error = Tokenizer::from_packed(vocabulary, options).err().unwrap();
        assert!(error.to_string().contains(message), "{error}");
    }
}
