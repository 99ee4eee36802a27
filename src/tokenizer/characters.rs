//! What Hugging Face's tokenizers think of single characters.

use unicode_categories::UnicodeCategories;

/// White space, at which the pre-tokeniser splits.
pub(super) fn is_whitespace(c: char) -> bool {
    c.is_whitespace()
}

/// Punctuation, every character of which is a word of its own.
pub(super) fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation() || (!c.is_ascii() && c.is_punctuation())
}

/// Characters that cleaning removes.
pub(super) fn is_removed(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        '\0' | '\u{FFFD}' => true,
        _ => c.is_other(),
    }
}

/// Ideographs that are words of their own: the Unified Ideographs and the Compatibility Ideographs,
/// without kana, Hangul and the later extensions.
pub(super) fn is_ideograph(c: char) -> bool {
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

/// Marks that stripping accents removes.
pub(super) fn is_stripped_mark(c: char) -> bool {
    c.is_mark_nonspacing()
}

/// A word character as regular expressions see it (`\w`), for added tokens that are single words.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphabetic()
        || c.is_mark_nonspacing()
        || c.is_mark_spacing_combining()
        || c.is_mark_enclosing()
        || c.is_number_decimal_digit()
        || c.is_punctuation_connector()
        || matches!(c, '\u{200C}' | '\u{200D}')
}
