//! The tokenizers and texts of tests/fixtures/tokenizer.

use edgebert::tokenizer::{Offsets, Scratch, Tokenizer};
use serde_json::Value;

/// One of the tokenizers that the reference was made with.
pub struct Built {
    pub name: &'static str,
    /// A line per piece.
    pub vocabulary: &'static str,
    /// tokenizer.json without the vocabulary.
    pub options: &'static str,
    /// `[text, ids, offsets]` or `[text, digest]`.
    cases: &'static str,
}

macro_rules! built {
    ($name:literal) => {
        Built {
            name: $name,
            vocabulary: include_str!(concat!(
                "../../fixtures/tokenizer/",
                $name,
                ".vocabulary.txt"
            )),
            options: include_str!(concat!("../../fixtures/tokenizer/", $name, ".json")),
            cases: include_str!(concat!("../../fixtures/tokenizer/", $name, ".cases.json")),
        }
    };
}

pub const ALL: [Built; 6] = [
    built!("uncased"),
    built!("cased"),
    built!("accents"),
    built!("unsplit"),
    built!("stripped"),
    built!("raw"),
];

pub const POINTS: &str = include_str!("../../fixtures/tokenizer/points.json");
pub const PAIRS: &str = include_str!("../../fixtures/tokenizer/pairs.json");

/// A text and what Hugging Face makes of it.
pub struct Case {
    pub text: String,
    pub expected: Expected,
}

pub enum Expected {
    Tokens { ids: Vec<u32>, offsets: Vec<u32> },
    Digest(u32),
}

impl Built {
    pub fn tokenizer(&self) -> Tokenizer {
        Tokenizer::from_packed(self.vocabulary.as_bytes(), self.options).unwrap()
    }

    pub fn cases(&self) -> Vec<Case> {
        let rows: Vec<Value> = serde_json::from_str(self.cases).unwrap();
        rows.iter().map(Case::new).collect()
    }
}

impl Case {
    pub fn new(row: &Value) -> Self {
        Case {
            text: row[0].as_str().unwrap().to_owned(),
            expected: match row[1].as_u64() {
                Some(digest) => Expected::Digest(digest as u32),
                None => Expected::Tokens { ids: numbers(&row[1]), offsets: numbers(&row[2]) },
            },
        }
    }

    /// Compares what a tokenizer makes of the text.
    pub fn check(&self, tokenizer: &Tokenizer, name: &str, scratch: &mut Scratch) {
        let found = tokenizer.encode_with_offsets(&self.text, scratch);
        match &self.expected {
            Expected::Tokens { ids, offsets } => {
                assert_eq!(&found.ids, ids, "{name}: ids of {:?}", self.text);
                assert_eq!(&found.offsets, offsets, "{name}: {:?}", self.text);
            }
            Expected::Digest(expected) => {
                let Offsets { ids, offsets } = &found;
                let found = digest(ids.iter().chain(offsets).copied());
                assert_eq!(found, *expected, "{name}: {:?}", self.text);
            }
        }
    }
}

pub fn numbers(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as u32).collect()
}

pub fn encode(tokenizer: &Tokenizer, text: &str, most: Option<usize>) -> Vec<u32> {
    let mut ids = Vec::new();
    tokenizer.encode(text, most, &mut Scratch::default(), &mut ids);
    ids
}

/// FNV-1a over 32-bit numbers.
pub fn digest(numbers: impl IntoIterator<Item = u32>) -> u32 {
    numbers
        .into_iter()
        .fold(0x811C_9DC5, |state, number| (state ^ number).wrapping_mul(0x0100_0193))
}
