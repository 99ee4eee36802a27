//! The BERT normaliser, one character at a time: clean, set ideographs apart, strip accents,
//! lower-case, in this order. Every character that comes out carries the span it came from.

use super::characters;
use super::scratch::Span;
use unicode_normalization_alignments::char::{canonical_combining_class, decompose_canonical};

/// The options of Hugging Face's `BertNormalizer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Normalizer {
    pub(super) clean_text: bool,
    pub(super) handle_chinese_chars: bool,
    /// `None` follows `lowercase`.
    pub(super) strip_accents: Option<bool>,
    pub(super) lowercase: bool,
}

/// Combining marks that wait for the end of their run, to be put into canonical order.
#[derive(Default)]
pub(super) struct Marks {
    /// Combining class, character, and whether it is the first of its source character.
    waiting: Vec<(u8, char, bool)>,
    /// The spans of the source characters in the run.
    spans: Vec<Span>,
    /// The span that was last given out.
    last: Span,
}

impl Normalizer {
    pub(super) fn strips_accents(&self) -> bool {
        self.strip_accents.unwrap_or(self.lowercase)
    }

    /// Feeds one character through; `emit` receives what is ready. [`Self::finish`] gives the rest.
    #[inline]
    pub(super) fn push(
        &self,
        c: char,
        span: Span,
        marks: &mut Marks,
        emit: &mut impl FnMut(char, Span),
    ) {
        let mut c = c;
        if self.clean_text {
            if characters::is_removed(c) {
                return;
            }
            if characters::is_whitespace(c) {
                c = ' ';
            }
        }
        if self.handle_chinese_chars && characters::is_ideograph(c) {
            self.decompose(' ', span, marks, emit);
            self.decompose(c, span, marks, emit);
            self.decompose(' ', span, marks, emit);
        } else {
            self.decompose(c, span, marks, emit);
        }
    }

    /// Ends the text or the segment: gives out the marks that still wait.
    #[inline]
    pub(super) fn finish(&self, marks: &mut Marks, emit: &mut impl FnMut(char, Span)) {
        if marks.waiting.is_empty() {
            return;
        }
        marks.waiting.sort_by_key(|&(class, _, _)| class);
        // Hugging Face hands the spans of a run out in source order, to the characters that begin
        // a decomposition, after those have been sorted; the others repeat the span before.
        let mut spans = marks.spans.drain(..);
        for (_, c, first) in marks.waiting.drain(..) {
            if first {
                marks.last = spans.next().unwrap_or(marks.last);
            }
            if !characters::is_stripped_mark(c) {
                self.lower(c, marks.last, emit);
            }
        }
    }

    fn decompose(&self, c: char, span: Span, marks: &mut Marks, emit: &mut impl FnMut(char, Span)) {
        if !self.strips_accents() {
            return self.lower(c, span, emit);
        }
        let mut first = true;
        decompose_canonical(c, |part| {
            let class = canonical_combining_class(part);
            if class == 0 {
                self.finish(marks, emit);
                marks.last = span;
                if !characters::is_stripped_mark(part) {
                    self.lower(part, span, emit);
                }
            } else {
                marks.waiting.push((class, part, first));
                if first {
                    marks.spans.push(span);
                }
            }
            first = false;
        });
    }

    fn lower(&self, c: char, span: Span, emit: &mut impl FnMut(char, Span)) {
        if self.lowercase {
            c.to_lowercase().for_each(|c| emit(c, span));
        } else {
            emit(c, span);
        }
    }
}

impl Marks {
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.spans.clear();
    }
}
