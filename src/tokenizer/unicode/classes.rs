//! How Hugging Face's tokenizers classify single characters, and what they map them to.

use super::runs::{Runs, positions};
use super::tables::{
    CLASS_STEPS, CLASSES, FOLD_KEYS, FOLD_PARTS, FOLDS, FOLDS_IN_PLANE_2, LOWER, RANKS, WORDS,
};
use std::sync::LazyLock;

static TABLE: LazyLock<Runs> = LazyLock::new(|| Runs::new(&CLASS_STEPS, &CLASSES));

/// What the stages need to know of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class(u8);

/// A kind, and what may happen to the character: a flag that is set promises nothing.
impl Class {
    const KIND: u8 = 7;
    const FOLDS: u8 = 8;
    const RANKED: u8 = 16;
    const HAS_LOWER: u8 = 32;

    /// What decomposes into marks that are all stripped.
    pub const STRIPPED: Class = Class(4 | Self::RANKED);

    pub fn of(c: char) -> Self {
        let code = c as u32;
        match code {
            // The bulk of all ideographs and syllables.
            0x3400..=0x4DBF | 0x4E00..=0x9FFF => return Class(0),
            0xAC00..=0xD7A3 => return Class(Self::FOLDS),
            _ => {}
        }
        Class(TABLE.get(code))
    }

    /// White space, at which words end: unless cleaning has removed it, see below.
    pub fn is_space(self) -> bool {
        matches!(self.0 & Self::KIND, 1 | 6)
    }

    /// Punctuation, every character of which is a word of its own.
    pub fn is_punctuation(self) -> bool {
        self.0 & Self::KIND == 2
    }

    /// Control, format and private-use characters, which cleaning removes: form feed and two more
    /// are white space as well.
    pub fn is_removed(self) -> bool {
        matches!(self.0 & Self::KIND, 3 | 6)
    }

    /// Marks that stripping accents removes. Marks newer than Hugging Face's table are not.
    pub fn is_stripped(self) -> bool {
        self.0 & Self::KIND == 4
    }

    /// All marks, newer ones included: they belong to the character before them.
    pub fn is_mark(self) -> bool {
        matches!(self.0 & Self::KIND, 4 | 5)
    }

    /// Whether it may have a decomposition.
    pub fn folds(self) -> bool {
        self.0 & Self::FOLDS != 0
    }

    /// Whether it may change places with other marks.
    pub fn is_ranked(self) -> bool {
        self.0 & Self::RANKED != 0
    }

    /// Whether it may have a lower-case form.
    pub fn has_lower(self) -> bool {
        self.0 & Self::HAS_LOWER != 0
    }
}

/// White space: also what `lstrip` and `rstrip` of added tokens mean by it.
pub fn is_space(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' ' | '\t'..='\r');
    }
    Class::of(c).is_space()
}

/// Ideographs that are words of their own: the Unified and the Compatibility Ideographs, without
/// kana, Hangul, one block of extension E and the extensions that came after F.
pub fn is_ideograph(c: char) -> bool {
    matches!(
        c as u32,
        0x4E00..=0x9FFF
            | 0x3400..=0x4DBF
            | 0x20000..=0x2A6DF
            | 0x2A700..=0x2B73F
            | 0x2B740..=0x2B81F
            | 0x2B920..=0x2CEAF
            | 0xF900..=0xFAFF
            | 0x2F800..=0x2FA1F
    )
}

/// The place of a mark among others on the same letter; 0 for what keeps its place.
pub fn rank(c: char) -> u8 {
    let c = c as u32;
    let after = RANKS.partition_point(|&run| run >> 11 <= c);
    match after.checked_sub(1).map(|run| RANKS[run]) {
        Some(run) if c - (run >> 11) <= run >> 6 & 31 => run as u8 & 63,
        _ => 0,
    }
}

/// What is left of a character once it is decomposed and the marks that are to be stripped are
/// gone: `None` if it has no decomposition, and up to three characters, then NULs.
pub fn fold(c: char) -> Option<[char; 3]> {
    let code = c as u32;
    if let Some(letters) = super::hangul::decompose(c) {
        return Some(letters);
    }
    let after = FOLD_KEYS.partition_point(|&(run, _)| run >> 11 <= code);
    let (run, at) = FOLD_KEYS[after.checked_sub(1)?];
    let index = code - (run >> 11);
    if index > run & 1023 {
        return None;
    }
    let index = at + index as u16;
    let low = FOLDS[index as usize];
    let plane = u32::from(FOLDS_IN_PLANE_2.binary_search(&index).is_ok()) << 17;
    let parts = match low {
        0xE000..=0xF8FF if plane == 0 => FOLD_PARTS[low as usize - 0xE000],
        _ => [plane | u32::from(low), 0, 0],
    };
    Some(parts.map(|part| char::from_u32(part).unwrap_or('\0')))
}

/// The lower-case letter of an upper-case one, and itself for all others. One letter has two
/// characters for it: see [`DOTTED_I`].
pub fn lower(c: char) -> char {
    let code = c as u32;
    let after = LOWER.partition_point(|&(run, _)| run >> 11 <= code);
    let Some((run, distance)) = after.checked_sub(1).map(|run| LOWER[run]) else { return c };
    let (index, gaps) = (code - (run >> 11), run >> 10 & 1);
    if index >> gaps > run & 1023 || index & gaps != 0 {
        return c;
    }
    char::from_u32(code.wrapping_add(distance)).unwrap_or(c)
}

/// İ, the one letter whose lower case is two characters: i and U+0307.
pub const DOTTED_I: char = '\u{130}';

/// A word character as regular expressions see it (`\w`): an added token that is to be a single
/// word does not touch one.
pub fn is_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    WORD_TABLE.partition_point(|&at| at <= c as u32) % 2 == 1
}

/// Where being a word character begins or ends.
static WORD_TABLE: LazyLock<Vec<u32>> = LazyLock::new(|| positions(&WORDS).collect());
