//! Tokenizers of other kinds than BERT's: those of tests/fixtures/tokenizer/chains.

use crate::chunks;
use crate::fixture::{Case, encode};
use edgebert::tokenizer::{Offsets, Scratch, Tokenizer};
use wasm_bindgen_test::wasm_bindgen_test;

/// A tokenizer.json, and lines of `[text, ids, offsets]` or `[text, digest]`.
pub struct Chain {
    pub name: &'static str,
    pub json: &'static str,
    cases: &'static str,
}

macro_rules! chains {
    ($($name:literal)*) => {
        pub const CHAINS: &[Chain] = &[$(Chain {
            name: $name,
            json: include_str!(concat!("../../fixtures/tokenizer/chains/", $name, ".json")),
            cases: include_str!(concat!("../../fixtures/tokenizer/chains/", $name, ".cases.jsonl")),
        }),*];
    };
}

chains! {
    "xlm-roberta" "static" "byte-fallback" "unigram-nfc" "unigram-nfd" "unigram-nfkd" "unigram-lower"
    "unigram-accents" "unigram-nmt" "unigram-strip" "unigram-replace" "unigram-bert"
    "unigram-spaced" "unigram-trimmed" "unigram-removed" "unigram-previous" "unigram-next" "unigram-contiguous" "gpt2"
    "roberta" "modernbert" "llama3" "qwen" "gemma" "clip" "bpe-prefix" "wordpiece"
}

impl Chain {
    pub fn cases(&self) -> Vec<Case> {
        let case = |line: &str| Case::new(&serde_json::from_str(line).unwrap());
        self.cases.lines().map(case).collect()
    }
}

#[wasm_bindgen_test]
fn random_texts_have_the_ids_and_offsets_of_hugging_face() {
    let mut scratch = Scratch::default();
    for chain in CHAINS {
        let whole = Tokenizer::from_json(chain.json).unwrap();
        let (vocabulary, options) = whole.to_packed().unwrap();
        let packed = Tokenizer::from_packed(&vocabulary, &options).unwrap();
        assert_eq!(packed.to_packed().unwrap(), (vocabulary, options), "{}", chain.name);
        assert_eq!(packed.vocab_size(), whole.vocab_size());
        let mut compared = 0;
        for case in chain.cases() {
            case.check(&whole, chain.name, &mut scratch);
            case.check(&packed, chain.name, &mut scratch);
            compared += 1;
        }
        assert!(compared > 30, "{}", chain.name);
    }
}

/// A stretch of text never ends before a character that a normaliser removes, though it is a letter: the word
/// after it would be taken for more of the one before.
#[wasm_bindgen_test]
fn a_letter_that_is_stripped_as_an_accent_ends_no_stretch() {
    let chain = CHAINS.iter().find(|chain| chain.name == "unigram-accents").unwrap();
    let tokenizer = Tokenizer::from_json(chain.json).unwrap();
    let text = "bab\u{1CF3}\u{17D6}bab\u{1CF3}";
    let Offsets { ids, offsets } = tokenizer.encode_with_offsets(text, &mut Scratch::default());
    assert_eq!(ids, [0, 3, 44, 3, 3, 3, 44, 3, 2]);
    assert_eq!(offsets, [0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 5, 6, 6, 7, 7, 8, 0, 0]);
}

/// Nor does one end between the spaces that stand around two ideographs where a later stage makes them one.
#[wasm_bindgen_test]
fn the_spaces_between_two_ideographs_stay_together() {
    let chain = CHAINS.iter().find(|chain| chain.name == "unigram-spaced").unwrap();
    let tokenizer = Tokenizer::from_json(chain.json).unwrap();
    for (text, expected) in [
        ("中 文!", &[0, 4, 405, 4, 3, 4, 3, 2][..]),
        ("ab中文字", &[0, 7, 42, 4, 405, 4, 3, 4, 3, 2]),
    ] {
        assert_eq!(encode(&tokenizer, text, None), expected, "{text}");
    }
}

#[wasm_bindgen_test]
fn encoding_counting_and_cutting_agree_with_offsets() {
    let mut scratch = Scratch::default();
    for chain in CHAINS {
        let tokenizer = Tokenizer::from_json(chain.json).unwrap();
        for (index, Case { text, .. }) in chain.cases().into_iter().enumerate() {
            let Offsets { ids, .. } = tokenizer.encode_with_offsets(&text, &mut scratch);
            assert_eq!(encode(&tokenizer, &text, None), ids, "{}: {text:?}", chain.name);
            assert_eq!(tokenizer.count(&text, &mut scratch), ids.len());
            let most = 2 + index % 24;
            let mut cut = ids.clone();
            if cut.len() > most {
                cut.splice(most - 1..ids.len() - 1, []);
            }
            assert_eq!(encode(&tokenizer, &text, Some(most)), cut, "{}: {text:?}", chain.name);
        }
    }
}

#[wasm_bindgen_test]
fn chunks_of_random_texts_fit_and_cover() {
    let mut scratch = Scratch::default();
    let (mut made, mut asked) = (0, 0);
    for chain in CHAINS {
        let tokenizer = Tokenizer::from_json(chain.json).unwrap();
        for (index, Case { text, .. }) in chain.cases().into_iter().enumerate() {
            let most = [13, 24, 40][index % 3];
            let overlap = [0, 1, most / 3, most - 3][index / 3 % 4];
            asked += 1;
            made += u32::from(chunks::check(&tokenizer, &text, most, overlap, &mut scratch));
        }
    }
    // Some are refused: a character of more tokens than fit, or white space that is all one token.
    assert!(made * 10 > asked * 9, "{made} of {asked}");
}

/// A word that goes on over many stretches comes out as if it had been read at once.
#[wasm_bindgen_test]
fn a_text_without_spaces_takes_time_and_tokens_in_proportion() {
    let mut scratch = Scratch::default();
    let chain = CHAINS.iter().find(|chain| chain.name == "xlm-roberta").unwrap();
    let tokenizer = Tokenizer::from_json(chain.json).unwrap();
    let text = "中文字符thequickbrownfox日本語";
    let (ten, more) = (text.repeat(10), text.repeat(8_010));
    let each =
        (tokenizer.count(&ten.repeat(2), &mut scratch) - tokenizer.count(&ten, &mut scratch)) / 10;
    let added = tokenizer.count(&more, &mut scratch) - tokenizer.count(&ten, &mut scratch);
    assert_eq!(added, 8_000 * each);
    assert_eq!(encode(&tokenizer, &more, Some(16))[..15], encode(&tokenizer, &ten, None)[..15]);
}
