//! Ids, offsets and pairs, text by text.

use crate::fixture::{ALL, PAIRS, POINTS, digest, encode, numbers};
use edgebert::tokenizer::{Offsets, Scratch, Tokenizer};
use serde_json::Value;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn random_texts_have_the_ids_and_offsets_of_hugging_face() {
    let mut scratch = Scratch::default();
    let mut compared = 0;
    for built in ALL {
        let tokenizer = built.tokenizer();
        for case in built.cases() {
            case.check(&tokenizer, built.name, &mut scratch);
            compared += 1;
        }
    }
    assert!(compared > 2500);
}

/// What cleaning removes ends no run of marks: those on both sides of it are put in order together.
#[wasm_bindgen_test]
fn marks_around_a_control_character_are_one_run() {
    let tokenizer = ALL[0].tokenizer();
    for (text, place) in [
        ("\u{8DA}\u{7F}\u{8F2}", [2, 3]),
        ("a\u{8DA}\u{7F}\u{8F2}", [0, 4]),
        (".\u{8DA}\u{7F}\u{8F2}", [3, 4]),
    ] {
        let Offsets { offsets, .. } = tokenizer.encode_with_offsets(text, &mut Scratch::default());
        assert_eq!(offsets[offsets.len() - 4..offsets.len() - 2], place, "{text:?}");
    }
}

#[wasm_bindgen_test]
fn encoding_counting_and_cutting_agree_with_offsets() {
    let mut scratch = Scratch::default();
    for built in ALL {
        let tokenizer = built.tokenizer();
        for (index, case) in built.cases().iter().enumerate() {
            let Offsets { ids, .. } = tokenizer.encode_with_offsets(&case.text, &mut scratch);
            assert_eq!(encode(&tokenizer, &case.text, None), ids);
            assert_eq!(tokenizer.count(&case.text, &mut scratch), ids.len());
            let most = 2 + index % 24;
            let mut cut = ids.clone();
            if cut.len() > most {
                cut.splice(most - 1..ids.len() - 1, []);
            }
            assert_eq!(encode(&tokenizer, &case.text, Some(most)), cut, "cut to {most}");
        }
    }
}

/// Each in three surroundings, with a vocabulary in which every code point has a piece, so that no
/// difference hides in an unknown token.
#[wasm_bindgen_test]
fn every_code_point_is_treated_as_by_hugging_face() {
    const BLOCK: u32 = 4096;
    let mut vocabulary: String =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(|token| format!("{token}\n")).concat();
    let points = || (0x20..0x30000).filter_map(char::from_u32);
    points().for_each(|c| vocabulary.extend([c, '\n']));
    points().for_each(|c| vocabulary.extend(['#', '#', c, '\n']));

    let expected: Value = serde_json::from_str(POINTS).unwrap();
    let mut scratch = Scratch::default();
    for built in ALL {
        let tokenizer = Tokenizer::from_packed(vocabulary.as_bytes(), built.options).unwrap();
        let mut digests = numbers(&expected[built.name]).into_iter();
        for first in (0..0x110000).step_by(BLOCK as usize) {
            let sampled =
                |c: &char| (*c as u32) < 0x20000 || matches!(*c as u32 % 256, 0 | 127 | 255);
            let points = (first..first + BLOCK).filter_map(char::from_u32).filter(sampled);
            let text: String = points.map(|c| format!("{c} a{c}b é{c}\u{323} ")).collect();
            if text.is_empty() {
                continue;
            }
            let Offsets { ids, offsets } = tokenizer.encode_with_offsets(&text, &mut scratch);
            let found = digest(ids.into_iter().chain(offsets));
            assert_eq!(Some(found), digests.next(), "{}: from U+{first:04X} on", built.name);
        }
        assert_eq!(digests.next(), None);
    }
}

#[wasm_bindgen_test]
fn pairs_are_cut_as_by_hugging_face() {
    let tokenizer = ALL[0].tokenizer();
    let mut scratch = Scratch::default();
    let rows: Vec<Value> = serde_json::from_str(PAIRS).unwrap();
    assert!(rows.len() >= 50);
    for row in &rows {
        let most = row[0].as_u64().map(|most| most as usize);
        let (a, b) = (row[1].as_str().unwrap(), row[2].as_str().unwrap());
        let (mut ids, mut types) = (Vec::new(), Vec::new());
        let mut first = tokenizer.first_of_pair(a, most, &mut scratch).unwrap();
        tokenizer.encode_second(&mut first, b, &mut scratch, &mut ids, &mut types).unwrap();
        assert_eq!(ids, numbers(&row[3][0]), "ids of {row}");
        assert_eq!(
            types.into_iter().map(u32::from).collect::<Vec<_>>(),
            numbers(&row[3][1]),
            "types of {row}"
        );
    }
}

#[wasm_bindgen_test]
fn a_pair_of_any_length_is_whole_without_a_limit() {
    let tokenizer = ALL[0].tokenizer();
    let (mut ids, mut types) = (Vec::new(), Vec::new());
    let long = "a b c ".repeat(500);
    let mut scratch = Scratch::default();
    let mut first = tokenizer.first_of_pair(&long, None, &mut scratch).unwrap();
    tokenizer.encode_second(&mut first, "a", &mut scratch, &mut ids, &mut types).unwrap();
    assert_eq!((ids.len(), types.len()), (1504, 1504));
    assert_eq!(types.iter().filter(|&&kind| kind == 1).count(), 2);
}
