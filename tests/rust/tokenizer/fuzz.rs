//! Broken files and texts: no panic, every failure a typed error.

use crate::chains::CHAINS;
use crate::chunks;
use crate::fixture::{ALL, encode};
use edgebert::tokenizer::{Offsets, Scratch, Tokenizer};
use serde_json::Value;
use wasm_bindgen_test::wasm_bindgen_test;

/// A small generator that gives the same numbers everywhere.
struct Random(u32);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % limit.max(1)
    }

    /// Changes, removes, repeats or moves a few bytes; what is no UTF-8 then is replaced.
    fn mutate(&mut self, text: &str) -> String {
        const ODD: [&str; 16] = [
            "\"", "{", "}", "[", "]", ",", ":", "0", "-1", "1e9", "null", "true", "\\u0000",
            "\u{301}", "\u{FFFD}", "[MASK]",
        ];
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            let end = at + self.below((bytes.len() - at).min(12) + 1);
            match self.below(5) {
                0 => {
                    bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = self.below(256) as u8)
                }
                1 => drop(bytes.drain(at..end)),
                2 => drop(bytes.splice(at..at, ODD[self.below(ODD.len())].bytes())),
                3 => bytes.extend_from_within(at..end),
                _ => bytes[at..end].reverse(),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// All that can be asked of a tokenizer, and what must hold whatever it is.
fn exercise(tokenizer: &Tokenizer, text: &str, random: &mut Random, scratch: &mut Scratch) {
    let Offsets { ids, offsets } = tokenizer.encode_with_offsets(text, scratch);
    assert_eq!(encode(tokenizer, text, None), ids);
    assert_eq!(tokenizer.count(text, scratch), ids.len());
    assert_eq!(offsets.len(), 2 * ids.len());
    assert!(ids.iter().all(|&id| (id as usize) < tokenizer.vocab_size()));
    let units = text.encode_utf16().count() as u32;
    assert!(offsets.iter().all(|&at| at <= units));
    let most = random.below(40);
    let cut = encode(tokenizer, text, Some(most));
    let kept = most.max(tokenizer.special_tokens());
    assert_eq!(cut.len(), ids.len().min(kept));
    assert_eq!(tokenizer.encode(text, Some(most), scratch, &mut Vec::new()), ids.len() > kept);
    let overlap = random.below(most);
    chunks::check(tokenizer, text, most, overlap, scratch);
    let (mut ids, mut types) = (Vec::new(), Vec::new());
    let pair = tokenizer.first_of_pair(text, Some(most), scratch).and_then(|mut first| {
        tokenizer.encode_second(&mut first, text, scratch, &mut ids, &mut types)
    });
    assert_eq!(ids.len(), types.len());
    match tokenizer.special_tokens_of_pair() {
        Ok(special) => {
            assert!(ids.len() <= most.max(special), "{} of {most}", ids.len());
            let whole = special + 2 * (tokenizer.count(text, scratch) - tokenizer.special_tokens());
            assert_eq!(pair.unwrap(), whole > most.max(special));
        }
        Err(_) => assert_eq!(pair.unwrap_err().code(), "unsupported"),
    }
}

#[wasm_bindgen_test]
fn broken_texts_are_tokenised() {
    let mut random = Random(0x9E37_79B9);
    let mut scratch = Scratch::default();
    for built in ALL {
        let tokenizer = built.tokenizer();
        for case in built.cases().iter().step_by(2) {
            let text = random.mutate(&case.text);
            exercise(&tokenizer, &text, &mut random, &mut scratch);
        }
    }
}

#[wasm_bindgen_test]
fn broken_files_give_a_tokenizer_or_an_error() {
    let mut random = Random(0x2545_F491);
    let mut scratch = Scratch::default();
    let vocabulary: String =
        ALL[0].vocabulary.lines().take(60).map(|line| format!("{line}\n")).collect();
    let (mut read, mut refused) = (0, 0);
    for built in &ALL {
        for _ in 0..150 {
            let vocabulary = random.mutate(&vocabulary);
            let options = random.mutate(built.options);
            match Tokenizer::from_packed(vocabulary.as_bytes(), &options) {
                Ok(tokenizer) => {
                    exercise(&tokenizer, "Foo <a>é[MASK] \u{301}一 abc", &mut random, &mut scratch);
                    read += 1;
                }
                Err(error) => {
                    assert!(["format", "unsupported"].contains(&error.code()), "{error}");
                    refused += 1;
                }
            }
            let config =
                random.mutate(r#"{"do_lower_case": true, "mask_token": {"content": "a"}}"#);
            if let Err(error) = Tokenizer::from_vocab_txt(&vocabulary, Some(&config)) {
                assert!(["format", "unsupported"].contains(&error.code()), "{error}");
            }
        }
    }
    assert!(read > 20 && refused > 20, "{read} read, {refused} refused");
}

/// Mutates what stands around the vocabulary, where all options are, and now and then anything.
#[wasm_bindgen_test]
fn broken_tokenizers_of_other_kinds_give_a_tokenizer_or_an_error() {
    let mut random = Random(0x1234_5678);
    let mut scratch = Scratch::default();
    let (mut read, mut refused) = (0, 0);
    for chain in CHAINS {
        let model = chain.json.find("\"model\":").unwrap();
        let options = chain.json[model..].find("\"vocab\":").unwrap() + model;
        for round in 0..14 {
            let json = match round % 7 {
                0 => random.mutate(chain.json),
                _ => random.mutate(&chain.json[..options]) + &chain.json[options..],
            };
            match Tokenizer::from_json(&json) {
                Ok(tokenizer) => {
                    let text = "Foo ▁<mask>é \u{7f}e\u{301}一 ab'll 12ﬁ  \r\n가";
                    exercise(&tokenizer, text, &mut random, &mut scratch);
                    read += 1;
                }
                Err(error) => {
                    assert!(["format", "unsupported"].contains(&error.code()), "{error}");
                    refused += 1;
                }
            }
        }
        let (vocabulary, options) = Tokenizer::from_json(chain.json).unwrap().to_packed().unwrap();
        for _ in 0..6 {
            let mut broken = vocabulary.clone();
            for _ in 0..3 {
                let reach = [12, broken.len()][random.below(2)];
                let at = random.below(reach.min(broken.len()));
                broken[at] = random.below(256) as u8;
            }
            broken.truncate(broken.len() - random.below(2) * random.below(9));
            match Tokenizer::from_packed(&broken, &options) {
                Ok(tokenizer) => exercise(&tokenizer, "Foo é 一 ab", &mut random, &mut scratch),
                Err(error) => assert_eq!(error.code(), "format", "{error}"),
            }
        }
    }
    assert!(read > 5 && refused > 20, "{read} read, {refused} refused");
}

/// Stages that no file has together.
#[wasm_bindgen_test]
fn any_stages_go_together() {
    let mut random = Random(0x0BAD_5EED);
    let mut scratch = Scratch::default();
    let roots: Vec<Value> =
        CHAINS.iter().map(|chain| serde_json::from_str(chain.json).unwrap()).collect();
    for root in &roots {
        let mut root = root.clone();
        for name in ["normalizer", "pre_tokenizer", "post_processor"] {
            root[name] = roots[random.below(roots.len())][name].clone();
        }
        let tokenizer = Tokenizer::from_json(&root.to_string()).unwrap();
        for chain in [random.below(CHAINS.len()), random.below(CHAINS.len())] {
            for case in CHAINS[chain].cases().iter().step_by(7) {
                let text = random.mutate(&case.text);
                exercise(&tokenizer, &text, &mut random, &mut scratch);
            }
        }
    }
}
