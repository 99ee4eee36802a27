//! Unicode normalisation: how characters decompose, and which compose again.

use super::classes::rank;
use super::form_tables::{FORM_STEPS, FORMS};
use super::hangul;
use super::runs::positions;
use std::sync::LazyLock;

struct Form {
    code: u32,
    /// Where the decomposition begins in [`FORMS`], and its bytes.
    start: u16,
    length: u8,
    compatible: bool,
}

struct Table {
    forms: Vec<Form>,
    /// `(first, second, composite)`, sorted.
    pairs: Vec<(char, char, char)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { forms: Vec::new(), pairs: Vec::new() };
    let is_end = |c: char| matches!(c, '\u{1}'..='\u{3}');
    let mut start = 0;
    for (code, entry) in positions(&FORM_STEPS).zip(FORMS.split_inclusive(is_end)) {
        let form = &entry[..entry.len() - 1];
        let kind = entry.as_bytes()[form.len()];
        table.forms.push(Form {
            code,
            start: start as u16,
            length: form.len() as u8,
            compatible: kind == 3,
        });
        let mut parts = form.chars();
        if let (1, Some(a), Some(b), Some(c)) =
            (kind, parts.next(), parts.next(), char::from_u32(code))
        {
            table.pairs.push((a, b, c));
        }
        start += entry.len();
    }
    table.pairs.sort_unstable();
    table
});

/// The four normal forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NormalForm {
    pub compatible: bool,
    pub composed: bool,
}

fn form(c: char, compatible: bool) -> Option<&'static str> {
    let table = &*TABLE;
    let code = c as u32;
    let at = table.forms.binary_search_by_key(&code, |form| form.code).ok()?;
    let Form { start, length, compatible: compatible_only, .. } = table.forms[at];
    (compatible || !compatible_only).then(|| &FORMS[start as usize..][..length as usize])
}

/// Whether no form changes the character.
pub fn is_whole(c: char) -> bool {
    (c as u32) < 0xA0 || matches!(c, '\u{AC00}'..='\u{D7A3}') || form(c, true).is_none()
}

/// Gives the characters that `c` decomposes into, whole ones as they are.
pub fn decompose(c: char, compatible: bool, each: &mut impl FnMut(char)) {
    if (c as u32) < 0xA0 {
        return each(c);
    }
    if let Some(parts) = hangul::decompose(c) {
        return parts.into_iter().filter(|&part| part != '\0').for_each(each);
    }
    match form(c, compatible) {
        // A part decomposes further: a letter with two marks is one with one, and a mark.
        Some(parts) => parts.chars().for_each(|part| decompose(part, compatible, each)),
        None => each(c),
    }
}

/// The character that two make together.
pub fn compose(a: char, b: char) -> Option<char> {
    if let Some(syllable) = hangul::compose(a, b) {
        return Some(syllable);
    }
    let pairs = &TABLE.pairs;
    let at = pairs.binary_search_by_key(&(a, b), |&(a, b, _)| (a, b)).ok()?;
    Some(pairs[at].2)
}

/// The place of a mark among others on the same letter: 0 for what is no mark.
pub fn mark_rank(c: char) -> u8 {
    if (c as u32) < 0x300 { 0 } else { rank(c) }
}
