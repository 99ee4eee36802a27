//! The BERT normaliser, one character at a time: clean, set ideographs apart, strip accents,
//! lower-case, in this order. Every character that comes out carries the span it came from.

use super::characters::{self, Class};
use super::scratch::Span;

/// The options of Hugging Face's `BertNormalizer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Normalizer {
    pub(super) clean_text: bool,
    pub(super) handle_chinese_chars: bool,
    /// `None` follows `lowercase`.
    pub(super) strip_accents: Option<bool>,
    pub(super) lowercase: bool,
}

/// What has come out of the normaliser, and what waits within.
#[derive(Default)]
pub(super) struct Normalized {
    /// Characters that are ready, with the spans they came from.
    pub(super) ready: Vec<(char, Span)>,
    /// A run of combining marks that has not ended, to be put into canonical order.
    waiting: Vec<Mark>,
    /// Room for putting a long run into order.
    sorted: Vec<Mark>,
    /// The spans of the source characters in the run.
    spans: Vec<Span>,
    /// The span of the letter before the run.
    last: Span,
}

#[derive(Clone, Copy, Default)]
struct Mark {
    /// NUL for a mark that is stripped: it only takes its span away.
    c: char,
    rank: u8,
    /// Whether it is the first part of its source character.
    first: bool,
}

impl Normalizer {
    fn strips_accents(&self) -> bool {
        self.strip_accents.unwrap_or(self.lowercase)
    }

    /// Takes one character of the source, and puts what is ready into `out.ready`.
    pub(super) fn push(&self, c: char, span: Span, out: &mut Normalized) {
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
        if self.handle_chinese_chars && characters::is_ideograph(c) {
            self.push_plain(' ', span, out);
            self.push_clean(c, class, span, out);
            self.push_plain(' ', span, out);
        } else {
            self.push_clean(c, class, span, out);
        }
    }

    /// Takes a character that nothing changes.
    pub(super) fn push_plain(&self, c: char, span: Span, out: &mut Normalized) {
        self.finish(out);
        out.last = span;
        out.ready.push((c, span));
    }

    fn push_clean(&self, c: char, class: Class, span: Span, out: &mut Normalized) {
        if !self.strips_accents() {
            self.lower(c, class.changes(), span, out);
        } else if !class.changes() {
            self.finish(out);
            out.last = span;
            if !class.is_stripped() {
                out.ready.push((c, span));
            }
        } else if let Some(parts) = characters::fold(c) {
            let mut first = true;
            for part in parts.into_iter().filter(|&part| part != '\0') {
                self.push_part(part, characters::rank(part), first, span, out);
                first = false;
            }
            if first {
                self.push_part('\0', characters::rank(c), true, span, out);
            }
        } else {
            let kept = if class.is_stripped() { '\0' } else { c };
            self.push_part(kept, characters::rank(c), true, span, out);
        }
    }

    /// Takes a part of a decomposition.
    fn push_part(&self, c: char, rank: u8, first: bool, span: Span, out: &mut Normalized) {
        if rank == 0 {
            self.finish(out);
            out.last = span;
            if c != '\0' {
                self.lower(c, true, span, out);
            }
        } else {
            out.waiting.push(Mark { c, rank, first });
            if first {
                out.spans.push(span);
            }
        }
    }

    /// Ends a run of marks, as a letter does or the end of the text.
    ///
    /// Hugging Face sorts the run and then hands out its spans in the order of the source, one to
    /// every mark that is the first part of its character; other parts repeat the span before.
    pub(super) fn finish(&self, out: &mut Normalized) {
        if out.waiting.is_empty() {
            return;
        }
        sort(&mut out.waiting, &mut out.sorted);
        let mut spans = out.spans.iter();
        let mut waiting = std::mem::take(&mut out.waiting);
        for mark in waiting.drain(..) {
            if mark.first {
                out.last = spans.next().copied().unwrap_or(out.last);
            }
            if mark.c != '\0' {
                push_lower(self.lowercase, mark.c, out.last, &mut out.ready);
            }
        }
        out.waiting = waiting;
        out.spans.clear();
    }

    fn lower(&self, c: char, changes: bool, span: Span, out: &mut Normalized) {
        push_lower(self.lowercase && changes, c, span, &mut out.ready);
    }
}

fn push_lower(lowercase: bool, c: char, span: Span, ready: &mut Vec<(char, Span)>) {
    if !lowercase {
        ready.push((c, span));
    } else if c == characters::DOTTED_I {
        ready.extend([('i', span), ('\u{307}', span)]);
    } else {
        ready.push((characters::lower(c), span));
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
    sorted.resize(marks.len(), Mark::default());
    for mark in marks.iter() {
        let start = &mut starts[mark.rank as usize];
        sorted[*start] = *mark;
        *start += 1;
    }
    std::mem::swap(marks, sorted);
}

impl Normalized {
    /// Forgets what an earlier text left.
    pub(super) fn clear(&mut self) {
        self.ready.clear();
        self.waiting.clear();
        self.spans.clear();
    }
}
