//! Vocabularies cut to what some texts need.

use crate::chains::CHAINS;
use crate::fixture::{ALL, Case};
use edgebert::tokenizer::{Offsets, PackedFor, Scratch, Tokenizer};
use std::collections::BTreeSet;
use wasm_bindgen_test::wasm_bindgen_test;

/// Cuts a tokenizer to the tokens of every third text. Every text whose tokens are kept must have the same
/// tokens at the same places. Returns how many texts were compared beside those that it was cut to.
fn compare(name: &str, whole: &Tokenizer, cases: &[Case]) -> usize {
    let mut scratch = Scratch::default();
    let mut tokens = |tokenizer: &Tokenizer, text: &str| {
        let Offsets { ids, offsets } = tokenizer.encode_with_offsets(text, &mut scratch);
        (ids, offsets)
    };
    let chosen = cases.iter().step_by(3);
    let used: Vec<u32> = chosen.flat_map(|case| tokens(whole, &case.text).0).collect();
    let PackedFor { vocabulary, options, ids } = whole.to_packed_for(&used, 0).unwrap();
    let cut = Tokenizer::from_packed(&vocabulary, &options).unwrap();
    assert_eq!(cut.vocab_size(), ids.len(), "{name}");
    assert!(ids.len() <= whole.vocab_size(), "{name} is larger than before");
    for (new, &old) in ids.iter().enumerate() {
        assert_eq!(cut.token(new as u32), whole.token(old), "{name}: {new}, which was {old}");
    }
    let kept: BTreeSet<u32> = ids.iter().copied().collect();
    let mut others = 0;
    for (index, Case { text, .. }) in cases.iter().enumerate() {
        let (expected, places) = tokens(whole, text);
        if !expected.iter().all(|id| kept.contains(id)) {
            assert!(index % 3 > 0, "{name}: {text:?} lacks a token that it was cut to");
            continue;
        }
        let (found, offsets) = tokens(&cut, text);
        let found: Vec<u32> = found.iter().map(|&id| ids[id as usize]).collect();
        assert_eq!((found, offsets), (expected, places), "{name}: {text:?}");
        others += usize::from(index % 3 > 0);
    }
    others
}

#[wasm_bindgen_test]
fn texts_whose_tokens_are_kept_have_the_same_tokens() {
    let mut others = 0;
    // One with each model and each way to write pieces.
    let names = ["static", "byte-fallback", "gpt2", "roberta", "clip", "bpe-prefix", "wordpiece"];
    for chain in CHAINS.iter().filter(|chain| names.contains(&chain.name)) {
        let whole = Tokenizer::from_json(chain.json).unwrap();
        others += compare(chain.name, &whole, &chain.cases());
    }
    for built in &ALL[..2] {
        let cases: Vec<Case> = built.cases().into_iter().step_by(4).collect();
        others += compare(built.name, &built.tokenizer(), &cases);
    }
    assert!(others > 20, "only {others} texts have no tokens but kept ones");
}

#[wasm_bindgen_test]
fn with_no_text_at_all_single_characters_and_special_tokens_stay() {
    for chain in CHAINS.iter().step_by(3) {
        let whole = Tokenizer::from_json(chain.json).unwrap();
        let PackedFor { vocabulary, options, ids } = whole.to_packed_for(&[], 3).unwrap();
        assert_eq!(ids[..3], [0, 1, 2], "{}", chain.name);
        let cut = Tokenizer::from_packed(&vocabulary, &options).unwrap();
        let mut scratch = Scratch::default();
        // A letter that is a piece is none that is unknown.
        for letter in ["a", "é", "中"] {
            let unknown = |tokenizer: &Tokenizer, scratch: &mut Scratch| {
                let ids = tokenizer.encode_with_offsets(letter, scratch).ids;
                ids.iter().any(|&id| Some(id) == tokenizer.unknown())
            };
            if unknown(&cut, &mut scratch) {
                assert!(unknown(&whole, &mut scratch), "{}: {letter} was lost", chain.name);
            }
        }
    }
}
