//! Where a text may be cut, and where it had better be.

use super::unicode::classes::{Class, is_space, lower};
use super::unicode::hangul::same_syllable;

/// How good a place for a cut is; better ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Boundary {
    /// Inside a user-perceived character: see [`is_whole`].
    InCharacter,
    /// Between the pieces of a word.
    InWord,
    /// Between two words without white space, as around punctuation and ideographs.
    Touching,
    /// After white space.
    Word,
    /// After a sentence or a line.
    Sentence,
}

/// Whether a cut at this byte offset leaves every user-perceived character whole: no mark, joiner
/// or modifier without what it belongs to, no Hangul syllable, flag or line ending in two.
pub(super) fn is_whole(text: &str, at: usize) -> bool {
    let Some(next) = text[at..].chars().next() else { return true };
    let Some(previous) = text[..at].chars().next_back() else { return true };
    let flag = |c: &char| matches!(*c, '\u{1F1E6}'..='\u{1F1FF}');
    match next {
        '\n' => previous != '\r',
        // Zero-width joiner and non-joiner, skin tones, tags.
        '\u{200C}' | '\u{200D}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}' => false,
        _ if flag(&next) => text[..at].chars().rev().take_while(flag).count() % 2 == 0,
        _ => previous != '\u{200D}' && !Class::of(next).is_mark() && !same_syllable(previous, next),
    }
}

/// What kind of place for a cut the beginning of a word is.
pub(super) fn before_word(text: &str, at: usize) -> Boundary {
    let before = text[..at].trim_end_matches(is_space);
    let gap = &text[before.len()..at];
    if gap.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
        return Boundary::Sentence;
    }
    let mut characters = before.chars().rev();
    let mut last = characters.next();
    for _ in 0..MAX_CLOSING {
        if last.is_some_and(closes) {
            last = characters.next();
        }
    }
    let ends = match last {
        Some('.') if is_initial(characters.next(), characters.next()) => false,
        Some(c) if gap.is_empty() => {
            let goes_on = text[at..].chars().next().is_some_and(|c| closes(c) || ends_sentence(c));
            is_wide(c) && !goes_on
        }
        Some(c) => ends_sentence(c),
        None => false,
    };
    match (ends, gap.is_empty()) {
        (true, _) => Boundary::Sentence,
        (false, true) => Boundary::Touching,
        (false, false) => Boundary::Word,
    }
}

/// How many quotation marks and brackets are looked through for the end of a sentence before them.
const MAX_CLOSING: usize = 4;

fn closes(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | ')' | ']' | '}' | '”' | '’' | '»' | '›' | '」' | '』' | '）' | '】' | '》'
    )
}

fn ends_sentence(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '؟' | '۔' | '।' | '॥' | '։' | '።') || is_wide(c)
}

/// Sentence ends of scripts that put no space after them.
fn is_wide(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '｡' | '．')
}

/// Whether a full stop after these two characters, the nearer first, belongs to a name: J. Smith.
fn is_initial(letter: Option<char>, before: Option<char>) -> bool {
    letter.is_some_and(|c| lower(c) != c) && before.is_none_or(|c| is_space(c) || c == '.')
}
