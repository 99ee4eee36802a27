//! The words of byte-level tokenizers: the regular expressions that their files hold, by hand.

use crate::tokenizer::unicode::classes::is_space;
use crate::tokenizer::unicode::properties::Properties;

/// One of the regular expressions. Each matches at every place of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// GPT-2's, which `ByteLevel` has of its own.
    Gpt2,
    /// That of cl100k_base and Llama 3, with so many digits in a word at most.
    Cl100k { digits: usize },
}

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
/// Without the number of digits.
const CL100K: [&str; 2] = [
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Number,
    Space,
    Other,
}

fn kind(c: char) -> Kind {
    if c.is_ascii() {
        return match c {
            'a'..='z' | 'A'..='Z' => Kind::Letter,
            '0'..='9' => Kind::Number,
            ' ' | '\t'..='\r' => Kind::Space,
            _ => Kind::Other,
        };
    }
    let properties = Properties::of(c);
    if properties.is_letter() {
        Kind::Letter
    } else if properties.is_number() {
        Kind::Number
    } else if is_space(c) {
        Kind::Space
    } else {
        Kind::Other
    }
}

impl Words {
    /// The words that a regular expression stands for, if it is known.
    pub fn regex(text: &str) -> Option<Self> {
        if text == GPT2 {
            return Some(Words::Gpt2);
        }
        match text.strip_prefix(CL100K[0])?.strip_suffix(CL100K[1])? {
            "" => Some(Words::Cl100k { digits: 1 }),
            "{1,3}" => Some(Words::Cl100k { digits: 3 }),
            _ => None,
        }
    }

    /// The word that begins at a byte.
    pub fn find(self, text: &str, from: usize) -> Option<(usize, usize)> {
        let rest = &text[from..];
        let first = rest.chars().next()?;
        let length = contraction(rest, self != Words::Gpt2)
            .or_else(|| self.word(rest, first))
            .unwrap_or_else(|| self.white_space(rest));
        Some((from, from + length))
    }

    /// A run of one kind, with what may stand before it.
    fn word(self, rest: &str, first: char) -> Option<usize> {
        let width = first.len_utf8();
        let after = &rest[width..];
        let next = after.chars().next().map(kind);
        match (self, kind(first)) {
            (Words::Cl100k { digits }, Kind::Number) => {
                let digits = rest.chars().take(digits).take_while(|&c| kind(c) == Kind::Number);
                Some(digits.map(char::len_utf8).sum())
            }
            (Words::Cl100k { .. }, Kind::Space | Kind::Other)
                if next == Some(Kind::Letter) && !matches!(first, '\r' | '\n') =>
            {
                Some(width + run(after, Kind::Letter))
            }
            (Words::Cl100k { .. }, Kind::Other) => {
                Some(with_line_ends(rest, run(rest, Kind::Other)))
            }
            (Words::Cl100k { .. }, Kind::Space) if first == ' ' && next == Some(Kind::Other) => {
                Some(with_line_ends(rest, 1 + run(after, Kind::Other)))
            }
            (Words::Gpt2, Kind::Space) if first == ' ' => match next? {
                Kind::Space => None,
                next => Some(1 + run(after, next)),
            },
            (_, Kind::Space) => None,
            (_, kind) => Some(run(rest, kind)),
        }
    }

    /// White space: the last character of a run stays for the word that follows.
    fn white_space(self, rest: &str) -> usize {
        let length = run(rest, Kind::Space);
        let spaces = &rest[..length];
        if self != Words::Gpt2 {
            if let Some(line_end) = spaces.rfind(['\r', '\n']) {
                return line_end + 1;
            }
        }
        let last = spaces.chars().next_back().map_or(0, char::len_utf8);
        if length == rest.len() || last == length { length } else { length - last }
    }
}

fn run(text: &str, wanted: Kind) -> usize {
    text.find(|c| kind(c) != wanted).unwrap_or(text.len())
}

fn with_line_ends(text: &str, length: usize) -> usize {
    let rest = &text[length..];
    length + (rest.len() - rest.trim_start_matches(['\r', '\n']).len())
}

/// What an apostrophe begins: `'s`, `'re` and so on. Without regard to case the long s is one too.
fn contraction(text: &str, any_case: bool) -> Option<usize> {
    let rest = text.strip_prefix('\'')?;
    let same = |c: char, letter: char| {
        c == letter || any_case && (c.to_ascii_lowercase() == letter || c == 'ſ' && letter == 's')
    };
    ["s", "t", "re", "ve", "m", "ll", "d"].into_iter().find_map(|ending| {
        let mut chars = rest.chars();
        let mut length = 1;
        for letter in ending.chars() {
            let c = chars.next().filter(|&c| same(c, letter))?;
            length += c.len_utf8();
        }
        Some(length)
    })
}
