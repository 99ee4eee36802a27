//! The BERT normaliser, one character at a time: clean, set ideographs apart, strip accents,
//! lower-case, in this order. Every character that comes out carries the span it came from.

use crate::tokenizer::unicode::classes::{self, Class};

/// The options of Hugging Face's `BertNormalizer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Normalizer {
    pub clean_text: bool,
    pub handle_chinese_chars: bool,
    /// `None` follows `lowercase`.
    pub strip_accents: Option<bool>,
    pub lowercase: bool,
}

/// A stretch of the source, in UTF-16 code units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

/// What has come out of the normaliser, and what waits within.
#[derive(Default)]
pub struct Normalized {
    /// Characters that are ready.
    pub ready: Vec<Ready>,
    /// A run of combining marks that has not ended, to be put into canonical order.
    waiting: Vec<Mark>,
    /// Room for putting a long run into order.
    sorted: Vec<Mark>,
    /// The spans of the source characters in the run.
    spans: Vec<Span>,
    /// The span of the letter before the run.
    last: Span,
}

/// A normalised character.
#[derive(Clone, Copy)]
pub struct Ready {
    pub c: char,
    pub class: Class,
    /// Where it came from.
    pub span: Span,
}

#[derive(Clone, Copy)]
struct Mark {
    /// A mark that is to be stripped waits too: it takes its span away.
    ready: Ready,
    rank: u8,
    /// Whether it is the first part of its source character.
    first: bool,
}

impl Normalizer {
    fn strips_accents(&self) -> bool {
        self.strip_accents.unwrap_or(self.lowercase)
    }

    /// Takes one character of the source, and puts what is ready into `out.ready`.
    pub fn push(&self, c: char, span: Span, out: &mut Normalized) {
        let mut c = c;
        let mut class = Class::of(c);
        if self.clean_text {
            if class.is_removed() || matches!(c, '\0' | '\u{FFFD}') {
                return;
            }
            if class.is_space() {
                (c, class) = (' ', Class::of(' '));
            }
        }
        if self.handle_chinese_chars && classes::is_ideograph(c) {
            let space = Ready { c: ' ', class: Class::of(' '), span };
            self.finish(out);
            out.ready.push(space);
            self.push_clean(Ready { c, class, span }, out);
            out.ready.push(space);
        } else {
            self.push_clean(Ready { c, class, span }, out);
        }
    }

    /// Takes a cleaned character.
    fn push_clean(&self, ready: Ready, out: &mut Normalized) {
        let Ready { c, class, span } = ready;
        if !self.strips_accents() {
            self.emit(ready, out);
        } else if class.folds() {
            self.push_fold(c, span, out);
        } else if class.is_ranked() {
            self.push_mark(c, class, true, span, out);
        } else {
            self.finish(out);
            out.last = span;
            if !class.is_stripped() {
                self.emit(ready, out);
            }
        }
    }

    /// Takes the parts of a character that may have a decomposition.
    fn push_fold(&self, c: char, span: Span, out: &mut Normalized) {
        let parts = classes::fold(c).unwrap_or([c, '\0', '\0']);
        if parts[0] == '\0' {
            // All its parts are stripped: it is a mark of the first one's rank.
            return self.push_mark(c, Class::STRIPPED, true, span, out);
        }
        for (index, c) in parts.into_iter().filter(|&part| part != '\0').enumerate() {
            self.push_mark(c, Class::of(c), index == 0, span, out);
        }
    }

    /// Takes a part of a decomposition, or a mark. `first`: no other part of it came before.
    fn push_mark(&self, c: char, class: Class, first: bool, span: Span, out: &mut Normalized) {
        let rank = if class.is_ranked() { classes::rank(c) } else { 0 };
        let ready = Ready { c, class, span };
        if rank == 0 {
            self.finish(out);
            out.last = span;
            if !class.is_stripped() {
                self.emit(ready, out);
            }
        } else {
            out.waiting.push(Mark { ready, rank, first });
        }
    }

    /// Ends a run of marks, as a letter does or the end of the text.
    ///
    /// Hugging Face sorts the run and then hands out its spans in the order of the source, one to
    /// every mark that is the first part of its character; other parts repeat the span before.
    pub fn finish(&self, out: &mut Normalized) {
        if out.waiting.is_empty() {
            return;
        }
        out.spans.clear();
        out.spans.extend(out.waiting.iter().filter(|mark| mark.first).map(|mark| mark.ready.span));
        sort(&mut out.waiting, &mut out.sorted);
        let mut given = 0;
        for index in 0..out.waiting.len() {
            let Mark { ready, first, .. } = out.waiting[index];
            if first {
                out.last = out.spans[given];
                given += 1;
            }
            if !ready.class.is_stripped() {
                self.emit(Ready { span: out.last, ..ready }, out);
            }
        }
        out.waiting.clear();
    }

    fn emit(&self, ready: Ready, out: &mut Normalized) {
        if !self.lowercase || !ready.class.has_lower() {
            out.ready.push(ready);
        } else if ready.c == classes::DOTTED_I {
            out.ready.extend(['i', '\u{307}'].map(|c| Ready { c, class: Class::of(c), ..ready }));
        } else {
            let c = classes::lower(ready.c);
            out.ready.push(Ready { c, class: Class::of(c), ..ready });
        }
    }
}

/// Sorts marks by rank and leaves equals in their order. By counting, so that a text that is one
/// long run costs time in proportion.
fn sort(marks: &mut Vec<Mark>, sorted: &mut Vec<Mark>) {
    if marks.windows(2).all(|pair| pair[0].rank <= pair[1].rank) {
        return;
    }
    let mut starts = [0; 65];
    for mark in marks.iter() {
        starts[mark.rank as usize + 1] += 1;
    }
    for rank in 1..starts.len() {
        starts[rank] += starts[rank - 1];
    }
    sorted.clear();
    sorted.extend_from_slice(marks);
    for mark in marks.iter() {
        let start = &mut starts[mark.rank as usize];
        sorted[*start] = *mark;
        *start += 1;
    }
    std::mem::swap(marks, sorted);
}

impl Normalized {
    /// Forgets what an earlier text left.
    pub fn clear(&mut self) {
        self.ready.clear();
        self.waiting.clear();
        self.spans.clear();
    }
}
