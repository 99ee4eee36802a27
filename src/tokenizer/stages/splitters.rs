//! The pre-tokenisers of tokenizer.json: each cuts the parts of a text that the one before made.

use super::byte_level::Words;
use super::normalizers::byte_char;
use super::pattern::Pattern;
use super::text::Text;
use crate::tokenizer::unicode::classes::{Class, is_space, is_word};
use crate::tokenizer::unicode::properties::Properties;

/// One of them.
pub enum Splitter {
    Metaspace { replacement: char, scheme: Scheme, split: bool },
    ByteLevel { prefix_space: bool, words: bool },
    WhitespaceSplit,
    Whitespace,
    Bert,
    Punctuation(Behavior),
    Digits(Behavior),
    Split { pattern: Pattern, behavior: Behavior, invert: bool },
}

/// Before which parts `Metaspace` puts its character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    First,
    Never,
    Always,
}

/// What becomes of the text that a part is cut at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behavior {
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

/// A part of a text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub start: usize,
    pub end: usize,
}

/// A text in parts, and room for the next ones.
#[derive(Default)]
pub struct Parts {
    pub text: Text,
    pub parts: Vec<Part>,
    next: Text,
    made: Vec<Part>,
    /// The pieces of the current part: matches and the text between them.
    matches: Vec<(Part, bool)>,
}

impl Parts {
    pub fn clear(&mut self) {
        self.text.clear();
        self.next.clear();
        self.parts.clear();
    }
}

impl Parts {
    /// Replaces every space by `replacement`, and puts it before the parts that `scheme` names.
    fn metaspace(&mut self, replacement: char, scheme: Scheme, continues: bool) {
        let Parts { text, parts, next, .. } = self;
        next.clear();
        for part in parts.iter_mut() {
            let Part { start, end } = *part;
            part.start = next.text.len();
            let begins = match scheme {
                Scheme::Always => true,
                Scheme::First => text.span(start).is_some_and(|span| span.start == 0),
                Scheme::Never => false,
            };
            let goes_on = start == 0 && continues;
            if begins
                && start < end
                && !(goes_on || text.text[start..].starts_with([' ', replacement]))
            {
                next.push(replacement, text.span(start));
            }
            let mut done = start;
            while let Some(space) = text.text[done..end].find(' ') {
                next.copy(text, done, done + space);
                next.push(replacement, text.span(done + space));
                done += space + 1;
            }
            next.copy(text, done, end);
            part.end = next.text.len();
        }
        std::mem::swap(text, next);
    }

    /// Writes every byte of the parts as a character.
    fn byte_level(&mut self) {
        let Parts { text, parts, next, .. } = self;
        next.clear();
        for part in parts.iter_mut() {
            let start = next.text.len();
            for (at, byte) in (part.start..).zip(text.text[part.start..part.end].bytes()) {
                next.push(byte_char(byte), text.span(at));
            }
            *part = Part { start, end: next.text.len() };
        }
        std::mem::swap(text, next);
    }
}

impl Splitter {
    /// Whether parts end before spaces that stand between letters.
    pub fn splits_at_spaces(&self) -> bool {
        match self {
            Splitter::Metaspace { split, .. } => *split,
            Splitter::ByteLevel { words, .. } => *words,
            Splitter::WhitespaceSplit | Splitter::Whitespace | Splitter::Bert => true,
            Splitter::Split { pattern: Pattern::Words(_), .. } => true,
            Splitter::Split { pattern, behavior, invert } => {
                // With this one a space belongs to what comes before it.
                let keeps = match invert {
                    true => Behavior::MergedWithNext,
                    false => Behavior::MergedWithPrevious,
                };
                *behavior != keeps && pattern.find(" ", 0).is_some()
            }
            _ => false,
        }
    }

    /// Whether text can be cut in stretches that meet between letters.
    pub fn is_local(&self) -> bool {
        match self {
            Splitter::Split { pattern, behavior, .. } => match pattern {
                Pattern::Words(_) => {
                    *behavior != Behavior::MergedWithPrevious
                        && *behavior != Behavior::MergedWithNext
                }
                _ => !pattern.has_letters(),
            },
            _ => true,
        }
    }

    /// Whether it depends on how many spaces follow each other.
    pub fn counts_spaces(&self) -> bool {
        match self {
            Splitter::ByteLevel { words, .. } => *words,
            Splitter::Split { pattern, .. } => pattern.counts_spaces(),
            _ => false,
        }
    }

    /// Whether it must know what stands at the very beginning of the text.
    pub fn asks_for_the_first(&self) -> bool {
        matches!(self, Splitter::Metaspace { scheme: Scheme::First, .. })
    }

    /// Cuts the parts. `continues`: the first one continues text that was cut before.
    pub fn apply(&self, all: &mut Parts, continues: bool) {
        match self {
            Splitter::Metaspace { replacement, scheme, split } => {
                all.metaspace(*replacement, *scheme, continues);
                if *split {
                    split_at(all, Behavior::MergedWithNext, |c| c == *replacement);
                }
            }
            Splitter::ByteLevel { prefix_space, words } => {
                if *prefix_space {
                    all.metaspace(' ', Scheme::Always, continues);
                }
                if *words {
                    split_by(all, &Pattern::Words(Words::Gpt2), Behavior::Isolated, false);
                }
                all.byte_level();
            }
            Splitter::WhitespaceSplit => split_at(all, Behavior::Removed, is_space),
            Splitter::Whitespace => {
                split_at(all, Behavior::Removed, is_space);
                split_where(all, |a, b| is_word(a) != is_word(b));
            }
            Splitter::Bert => {
                split_at(all, Behavior::Removed, is_space);
                split_at(all, Behavior::Isolated, is_punctuation);
            }
            Splitter::Punctuation(behavior) => split_at(all, *behavior, is_punctuation),
            Splitter::Digits(behavior) => {
                split_at(all, *behavior, |c| {
                    if c.is_ascii() { c.is_ascii_digit() } else { Properties::of(c).is_numeric() }
                });
            }
            Splitter::Split { pattern, behavior, invert } => {
                split_by(all, pattern, *behavior, *invert);
            }
        }
    }
}

fn is_punctuation(c: char) -> bool {
    Class::of(c).is_punctuation()
}

/// Cuts at the characters that `is` picks, each of which is a match of its own.
fn split_at(all: &mut Parts, behavior: Behavior, is: impl Fn(char) -> bool) {
    let Parts { text, parts, made, matches, .. } = all;
    made.clear();
    for part in parts.iter() {
        matches.clear();
        let mut open = part.start;
        for (at, c) in text.text[part.start..part.end].char_indices() {
            if is(c) {
                let start = part.start + at;
                if open < start {
                    matches.push((Part { start: open, end: start }, false));
                }
                open = start + c.len_utf8();
                matches.push((Part { start, end: open }, true));
            }
        }
        if open < part.end {
            matches.push((Part { start: open, end: part.end }, false));
        }
        behavior.join(matches, made);
    }
    std::mem::swap(parts, made);
}

/// Cuts at the matches of a pattern, or at the text between them.
fn split_by(all: &mut Parts, pattern: &Pattern, behavior: Behavior, invert: bool) {
    let Parts { text, parts, made, matches, .. } = all;
    made.clear();
    for part in parts.iter() {
        matches.clear();
        let own = &text.text[..part.end];
        let mut open = part.start;
        while let Some((start, end)) = pattern.find(own, open) {
            if open < start {
                matches.push((Part { start: open, end: start }, invert));
            }
            matches.push((Part { start, end }, !invert));
            open = end;
        }
        if open < part.end {
            matches.push((Part { start: open, end: part.end }, invert));
        }
        behavior.join(matches, made);
    }
    std::mem::swap(parts, made);
}

/// Cuts between two neighbours where `differ` says so.
fn split_where(all: &mut Parts, differ: impl Fn(char, char) -> bool) {
    let Parts { text, parts, made, .. } = all;
    made.clear();
    for part in parts.iter() {
        let own = &text.text[part.start..part.end];
        let mut start = part.start;
        for ((_, a), (at, b)) in own.char_indices().zip(own.char_indices().skip(1)) {
            if differ(a, b) {
                made.push(Part { start, end: part.start + at });
                start = part.start + at;
            }
        }
        made.push(Part { start, end: part.end });
    }
    std::mem::swap(parts, made);
}

impl Behavior {
    /// Appends the parts that matches and the text between them make.
    fn join(self, matches: &[(Part, bool)], made: &mut Vec<Part>) {
        let first = made.len();
        match self {
            Behavior::Removed => {
                made.extend(matches.iter().filter(|(_, is)| !is).map(|(part, _)| *part));
            }
            Behavior::Isolated => made.extend(matches.iter().map(|(part, _)| *part)),
            Behavior::Contiguous => {
                let mut before = false;
                for &(part, is) in matches {
                    join_last(made, first, part, is == before);
                    before = is;
                }
            }
            Behavior::MergedWithPrevious => {
                let mut before = false;
                for &(part, is) in matches {
                    join_last(made, first, part, is && !before);
                    before = is;
                }
            }
            Behavior::MergedWithNext => {
                let mut after = false;
                for &(part, is) in matches.iter().rev() {
                    match made[first..].last_mut() {
                        Some(next) if is && !after => next.start = part.start,
                        _ => made.push(part),
                    }
                    after = is;
                }
                made[first..].reverse();
            }
        }
    }
}

fn join_last(made: &mut Vec<Part>, first: usize, part: Part, join: bool) {
    match made[first..].last_mut() {
        Some(last) if join => last.end = part.end,
        _ => made.push(part),
    }
}
