//! The patterns of `Replace` and `Split`: texts, and those regular expressions that tokenizers use.

use super::byte_level::Words;
use crate::tokenizer::unicode::classes::is_space;
use crate::tokenizer::unicode::properties::is_inert;

/// What is looked for in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    Text(String),
    /// At least so many spaces: ` {2,}`.
    Spaces(usize),
    /// At least one character of white space: `\s+`.
    WhiteSpace,
    /// The words of a byte-level tokenizer.
    Words(Words),
}

impl Pattern {
    /// A regular expression that is known.
    pub fn regex(text: &str) -> Option<Self> {
        match text {
            " " => Some(Pattern::Text(" ".to_owned())),
            " +" => Some(Pattern::Spaces(1)),
            " {2,}" => Some(Pattern::Spaces(2)),
            r"\s+" => Some(Pattern::WhiteSpace),
            _ => Words::regex(text).map(Pattern::Words),
        }
    }

    /// Whether a match can span two letters or digits.
    pub fn has_letters(&self) -> bool {
        match self {
            Pattern::Text(text) => text.chars().any(is_inert),
            Pattern::Spaces(_) | Pattern::WhiteSpace => false,
            Pattern::Words(_) => true,
        }
    }

    /// Whether a match depends on how many spaces follow each other.
    pub fn counts_spaces(&self) -> bool {
        match self {
            Pattern::Text(text) => text.contains("  "),
            Pattern::Spaces(_) | Pattern::WhiteSpace | Pattern::Words(_) => true,
        }
    }

    /// The first match from a byte on.
    pub fn find(&self, text: &str, from: usize) -> Option<(usize, usize)> {
        let rest = &text[from..];
        let run = |is: fn(char) -> bool, least: usize| {
            let mut at = 0;
            loop {
                let start = at + rest[at..].find(is)?;
                let run = rest[start..].len() - rest[start..].trim_start_matches(is).len();
                if run >= least {
                    return Some((from + start, from + start + run));
                }
                at = start + run;
            }
        };
        match self {
            Pattern::Text(text) => {
                let start = from + rest.find(text.as_str())?;
                Some((start, start + text.len()))
            }
            Pattern::Spaces(least) => run(|c| c == ' ', *least),
            Pattern::WhiteSpace => run(is_space, 1),
            Pattern::Words(words) => words.find(text, from),
        }
    }
}
