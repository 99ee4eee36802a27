//! What normalisers and pre-tokenisers depend on: categories of characters, and where grapheme clusters
//! break.

use super::classes::Class;
use super::form_tables::{PROPERTIES, PROPERTY_STEPS};
use super::runs::Runs;
use std::sync::LazyLock;

static TABLE: LazyLock<Runs> = LazyLock::new(|| Runs::new(&PROPERTY_STEPS, &PROPERTIES));

/// The properties of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Properties(u8);

/// What a character does to the boundaries of grapheme clusters around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cluster {
    Other,
    /// Stands alone, line endings included.
    Control,
    /// Belongs to the character before it, as marks and joiners do.
    Extend,
    /// A spacing mark: belongs to the character before it, but keeps emoji apart.
    Spacing,
    /// Belongs to the character after it.
    Prepend,
    /// A joiner keeps two of these together.
    Pictograph,
}

impl Properties {
    pub fn of(c: char) -> Self {
        let code = c as u32;
        // The bulk of all ideographs and syllables are letters and nothing else.
        if matches!(code, 0x4E00..=0x9FFF | 0xAC00..=0xD7A3) {
            return Properties(8);
        }
        Properties(TABLE.get(code))
    }

    pub fn cluster(self) -> Cluster {
        match self.0 & 7 {
            1 => Cluster::Control,
            2 => Cluster::Extend,
            3 => Cluster::Spacing,
            4 => Cluster::Prepend,
            5 => Cluster::Pictograph,
            _ => Cluster::Other,
        }
    }

    /// `\p{L}` of regular expressions.
    pub fn is_letter(self) -> bool {
        self.0 & 8 != 0
    }

    /// `\p{N}` of regular expressions.
    pub fn is_number(self) -> bool {
        self.0 & 16 != 0
    }

    /// What `Digits` cuts at.
    pub fn is_numeric(self) -> bool {
        self.0 & 32 != 0
    }

    /// What `StripAccents` removes.
    pub fn is_combining(self) -> bool {
        self.0 & 64 != 0
    }
}

/// Whether a text can be tokenised in two parts that meet between these characters, whatever the
/// stages are: both are letters that no mark, form or cluster ties to a neighbour.
pub fn is_inert(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphabetic();
    }
    let (properties, class) = (Properties::of(c), Class::of(c));
    // Tables of several versions of Unicode are behind these: what is a letter in one of them may be a mark
    // in another.
    properties.is_letter()
        && !(properties.is_combining() || properties.is_number() || properties.is_numeric())
        && properties.cluster() == Cluster::Other
        && !(class.is_space() || class.is_punctuation() || class.is_removed() || class.is_mark())
        && !matches!(c, '\u{1100}'..='\u{11FF}' | '\u{A960}'..='\u{A97F}' | '\u{D7B0}'..='\u{D7FF}')
        && super::forms::is_whole(c)
}

/// Cuts text into grapheme clusters, one after the other.
pub struct Clusters<'a> {
    rest: &'a str,
}

impl<'a> Clusters<'a> {
    pub fn new(text: &'a str) -> Self {
        Clusters { rest: text }
    }
}

impl<'a> Iterator for Clusters<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let mut chars = self.rest.char_indices();
        let (_, mut previous) = chars.next()?;
        let mut kind = Properties::of(previous).cluster();
        // Whether a pictograph came before, and nothing since but what extends it.
        let mut picture = kind == Cluster::Pictograph;
        let mut flags = usize::from(is_flag(previous));
        let mut end = self.rest.len();
        for (at, next) in chars {
            let next_kind = Properties::of(next).cluster();
            let joined = match (kind, next_kind) {
                (Cluster::Control, _) | (_, Cluster::Control) => previous == '\r' && next == '\n',
                (_, Cluster::Extend | Cluster::Spacing) | (Cluster::Prepend, _) => true,
                (_, Cluster::Pictograph) => previous == '\u{200D}' && picture,
                _ if is_flag(next) => is_flag(previous) && flags % 2 == 1,
                _ => super::hangul::same_syllable(previous, next),
            };
            if !joined {
                end = at;
                break;
            }
            picture = next_kind == Cluster::Pictograph || picture && next_kind == Cluster::Extend;
            flags = if is_flag(next) { flags + 1 } else { 0 };
            (previous, kind) = (next, next_kind);
        }
        let (cluster, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(cluster)
    }
}

fn is_flag(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::unicode::classes::is_word;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn a_text_is_cut_between_letters_alone() {
        let inert: Vec<char> = ('\0'..=char::MAX).filter(|&c| is_inert(c)).collect();
        assert!(inert.len() > 100_000, "{}", inert.len());
        let other = inert.iter().find(|&&c| {
            let (properties, class) = (Properties::of(c), Class::of(c));
            !is_word(c) || properties.is_combining() || class.is_mark() || class.is_removed()
        });
        assert_eq!(other, None);
        // A letter in some of Hugging Face's tables, and in another one a mark, which is stripped.
        assert!(!is_inert('\u{1CF3}'));
        assert!(is_inert('a') && is_inert('я') && is_inert('日'));
    }
}
