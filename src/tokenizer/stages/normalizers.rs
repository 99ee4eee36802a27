//! The normalisers of tokenizer.json, one after the other over a stretch of text.

use super::charsmap::Charsmap;
use super::normalizer::{Normalized, Normalizer as Bert};
use super::pattern::Pattern;
use super::text::{Rewriter, Text};
use crate::tokenizer::unicode::classes::{Class, DOTTED_I, is_ideograph, is_space, lower};
use crate::tokenizer::unicode::forms::{NormalForm, compose, decompose, mark_rank};
use crate::tokenizer::unicode::properties::Properties;

/// One of them.
pub enum Normalizer {
    Bert(Bert),
    Charsmap(Box<Charsmap>),
    Form(NormalForm),
    Lowercase,
    StripAccents,
    Nmt,
    Replace { pattern: Pattern, content: String },
    Prepend(String),
    Strip { left: bool, right: bool },
    ByteLevel,
}

/// Where a stretch stands among those of a text: one that white space at the ends belongs to.
#[derive(Clone, Copy)]
pub struct Ends {
    pub first: bool,
    pub last: bool,
}

/// Buffers of the normalisers.
#[derive(Default)]
pub struct Buffers {
    pub next: Text,
    bert: Normalized,
    marks: Vec<(char, u8, i32)>,
}

impl Buffers {
    pub fn clear(&mut self) {
        self.next.clear();
        self.bert.clear();
        self.marks.clear();
    }
}

impl Normalizer {
    /// Whether the character stays as it is, alone and between others that do. `spaced`: not where spaces
    /// come to stand around it.
    pub fn keeps(&self, c: char, spaced: bool) -> bool {
        match self {
            Normalizer::Charsmap(map) => map.keeps(c),
            Normalizer::Bert(bert) => !(spaced && bert.handle_chinese_chars && is_ideograph(c)),
            _ => true,
        }
    }

    /// Whether it depends on how many spaces follow each other.
    pub fn counts_spaces(&self) -> bool {
        matches!(self, Normalizer::Replace { pattern, .. } if pattern.counts_spaces())
    }

    /// Whether stretches of a text can be normalised one by one where they meet between letters.
    pub fn is_local(&self) -> bool {
        match self {
            Normalizer::Replace { pattern, .. } => !pattern.has_letters(),
            _ => true,
        }
    }

    /// Normalises a text. Returns false if the spans of what follows it depend on it.
    pub fn apply(&self, text: &mut Text, ends: Ends, buffers: &mut Buffers) -> bool {
        let Buffers { next, bert, marks } = buffers;
        match self {
            Normalizer::Charsmap(map) => return map.apply(text, next),
            Normalizer::Bert(normalizer) => {
                for (at, c) in text.text.char_indices() {
                    normalizer.push(c, text.span(at).unwrap_or_default(), bert);
                }
                normalizer.finish(bert);
                let spans = !text.spans.is_empty();
                for ready in bert.ready.drain(..) {
                    next.push(ready.c, spans.then_some(ready.span));
                }
                text.replace_by(next);
            }
            Normalizer::Form(form) => normalize(*form, text, next, marks),
            Normalizer::Lowercase => lowercase(text, next),
            Normalizer::StripAccents => {
                text.retain(next, |c| c.is_ascii() || !Properties::of(c).is_combining());
            }
            Normalizer::Nmt => {
                text.retain(next, |c| !is_nmt_removed(c));
                if text.text.chars().any(is_nmt_space) {
                    for (at, c) in text.text.char_indices() {
                        next.push(if is_nmt_space(c) { ' ' } else { c }, text.span(at));
                    }
                    text.replace_by(next);
                }
            }
            Normalizer::Replace { pattern, content } => replace(pattern, content, text, next),
            Normalizer::Prepend(content) => {
                if ends.first && !text.text.is_empty() {
                    prepend(content, text, next);
                }
            }
            Normalizer::Strip { left, right } => {
                let mut kept = text.text.as_str();
                if *right && ends.last {
                    kept = kept.trim_end_matches(is_space);
                }
                if *left && ends.first {
                    kept = kept.trim_start_matches(is_space);
                }
                let start = kept.as_ptr() as usize - text.text.as_ptr() as usize;
                let end = start + kept.len();
                if end - start < text.text.len() {
                    next.copy(text, start, end);
                    text.replace_by(next);
                }
            }
            Normalizer::ByteLevel => byte_level(text, next),
        }
        true
    }
}

/// Puts `content` before a text that is not empty: it shares the span of the first character.
fn prepend(content: &str, text: &mut Text, next: &mut Text) {
    let span = text.span(0);
    content.chars().for_each(|c| next.push(c, span));
    next.copy(text, 0, text.text.len());
    text.replace_by(next);
}

/// A character for each byte: itself where it can be seen, else one from U+0100 on.
pub fn byte_char(byte: u8) -> char {
    let code = match byte {
        0x21..=0x7E | 0xA1..=0xAC | 0xAE..=0xFF => u32::from(byte),
        0..=0x20 => 0x100 + u32::from(byte),
        0x7F..=0xA0 => 0x121 + u32::from(byte - 0x7F),
        0xAD => 0x143,
    };
    char::from_u32(code).unwrap_or('\0')
}

/// Writes every byte of a text as a character.
fn byte_level(text: &mut Text, next: &mut Text) {
    for (at, byte) in text.text.bytes().enumerate() {
        next.push(byte_char(byte), text.span(at));
    }
    text.replace_by(next);
}

fn lowercase(text: &mut Text, next: &mut Text) {
    for (at, c) in text.text.char_indices() {
        let span = text.span(at);
        if c.is_ascii() {
            next.push(c.to_ascii_lowercase(), span);
        } else if c == DOTTED_I {
            next.push('i', span);
            next.push('\u{307}', span);
        } else if Class::of(c).has_lower() {
            next.push(lower(c), span);
        } else {
            next.push(c, span);
        }
    }
    text.replace_by(next);
}

fn replace(pattern: &Pattern, content: &str, text: &mut Text, next: &mut Text) {
    let mut done = 0;
    while let Some((start, end)) = pattern.find(&text.text, done) {
        next.copy(text, done, start);
        let span = text.span(end - 1);
        content.chars().for_each(|c| next.push(c, span));
        done = end;
    }
    if done > 0 {
        next.copy(text, done, text.text.len());
        text.replace_by(next);
    }
}

fn is_nmt_removed(c: char) -> bool {
    matches!(c, '\u{1}'..='\u{8}' | '\u{B}' | '\u{E}'..='\u{1F}' | '\u{7F}' | '\u{8F}' | '\u{9F}')
}

fn is_nmt_space(c: char) -> bool {
    matches!(
        c,
        '\t' | '\n' | '\u{C}' | '\r' | '\u{1680}' | '\u{200B}'
            ..='\u{200F}' | '\u{2028}' | '\u{2029}' | '\u{2581}' | '\u{FEFF}' | '\u{FFFD}'
    )
}

/// Brings a text into a normal form. Characters below these bytes have it already: U+00A0, U+00C0
/// and U+0300 are the first that any of the forms changes.
fn normalize(form: NormalForm, text: &mut Text, next: &mut Text, marks: &mut Vec<(char, u8, i32)>) {
    let first = match form {
        NormalForm { composed: true, compatible: false } => 0xCC,
        NormalForm { composed: false, compatible: false } => 0xC3,
        _ => 0xC2,
    };
    if text.text.bytes().all(|byte| byte < first) {
        return;
    }
    // Whole decomposition, with marks in canonical order: (character, rank, change).
    marks.clear();
    let mut pending = 0;
    for c in text.text.chars() {
        let mut change = 0;
        decompose(c, form.compatible, &mut |part| {
            let rank = mark_rank(part);
            if rank == 0 {
                sort(&mut marks[pending..]);
                pending = marks.len();
            }
            marks.push((part, rank, change));
            change = 1;
        });
    }
    sort(&mut marks[pending..]);
    let mut out = Rewriter::new(text, next);
    if form.composed {
        recompose(marks, &mut out);
    } else {
        marks.iter().for_each(|&(c, _, change)| out.push(c, change));
    }
    out.finish();
    text.replace_by(next);
}

fn sort(marks: &mut [(char, u8, i32)]) {
    if marks.windows(2).any(|pair| pair[0].1 > pair[1].1) {
        marks.sort_by_key(|&(_, rank, _)| rank);
    }
}

/// Composes letters with the marks after them that no mark of the same rank keeps away.
fn recompose(marks: &mut [(char, u8, i32)], out: &mut Rewriter<'_>) {
    let mut index = 0;
    while index < marks.len() {
        let (mut letter, rank, mut change) = marks[index];
        index += 1;
        if rank != 0 {
            out.push(letter, change);
            continue;
        }
        // Marks that stay are moved together at the front of this run.
        let kept = index;
        let mut end = index;
        let mut last: Option<u8> = None;
        while index < marks.len() {
            let (c, rank, more) = marks[index];
            let blocked = last.is_some_and(|last| last >= rank);
            if !blocked {
                if let Some(composite) = compose(letter, c) {
                    (letter, change) = (composite, change + more - 1);
                    index += 1;
                    continue;
                }
            }
            if rank == 0 {
                break;
            }
            marks[end] = (c, rank, more);
            end += 1;
            last = Some(rank);
            index += 1;
        }
        out.push(letter, change);
        marks[kept..end].iter().for_each(|&(c, _, change)| out.push(c, change));
    }
}
