//! Text on its way through normalisers, with the place that each byte of it came from.

use super::normalizer::Span;

/// A text and, where offsets are wanted, the span of the source for every byte.
#[derive(Default)]
pub struct Text {
    pub text: String,
    pub spans: Vec<Span>,
}

impl Text {
    pub fn clear(&mut self) {
        self.text.clear();
        self.spans.clear();
    }

    /// Appends a stretch of the source that begins at `utf16`, with spans if they are wanted.
    pub fn load(&mut self, source: &str, utf16: u32, spans: bool) {
        self.text.push_str(source);
        if spans {
            let mut start = utf16;
            for c in source.chars() {
                let end = start.wrapping_add(c.len_utf16() as u32);
                self.spans.resize(self.spans.len() + c.len_utf8(), Span { start, end });
                start = end;
            }
        }
    }

    /// Appends a character. `span` is asked for where offsets are wanted.
    pub fn push(&mut self, c: char, span: Option<Span>) {
        self.text.push(c);
        if let Some(span) = span {
            self.spans.resize(self.text.len(), span);
        }
    }

    /// Appends a part of another text.
    pub fn copy(&mut self, from: &Text, start: usize, end: usize) {
        self.text.push_str(&from.text[start..end]);
        if let Some(spans) = from.spans.get(start..end) {
            self.spans.extend_from_slice(spans);
        }
    }

    pub fn span(&self, byte: usize) -> Option<Span> {
        self.spans.get(byte).copied()
    }

    /// Keeps the characters for which `keep` is true.
    pub fn retain(&mut self, next: &mut Text, keep: impl Fn(char) -> bool) {
        if self.text.chars().all(&keep) {
            return;
        }
        for (at, c) in self.text.char_indices() {
            if keep(c) {
                next.push(c, self.span(at));
            }
        }
        self.replace_by(next);
    }

    /// Takes the contents of `next`, and leaves its own buffers there for the next stage.
    pub fn replace_by(&mut self, next: &mut Text) {
        std::mem::swap(self, next);
        next.clear();
    }
}

/// Writes the outcome of a normaliser, and deals out the spans of what it replaces as Hugging Face
/// does: a character that replaces takes the next one of the source, one that is inserted shares
/// the span before.
pub struct Rewriter<'a> {
    from: &'a Text,
    to: &'a mut Text,
    /// What has been replaced: a byte offset in `from`.
    at: usize,
    /// The last character, which may still swallow some that follow, and how many: less than zero
    /// for that many, 1 for an inserted one.
    last: Option<(char, i32)>,
}

impl<'a> Rewriter<'a> {
    pub fn new(from: &'a Text, to: &'a mut Text) -> Self {
        Rewriter { from, to, at: 0, last: None }
    }

    /// Keeps a stretch of the source.
    pub fn copy(&mut self, start: usize, end: usize) {
        if self.from.spans.is_empty() {
            self.flush();
            self.to.text.push_str(&self.from.text[start..end]);
            // What is removed after these needs a last character: any will do without spans.
            self.last = self.to.text.pop().map(|c| (c, 0));
        } else {
            self.from.text[start..end].chars().for_each(|c| self.push(c, 0));
        }
    }

    pub fn push(&mut self, c: char, change: i32) {
        self.flush();
        self.last = Some((c, change));
    }

    /// Removes so many characters after the last one. Returns false if there is none: then the
    /// characters that follow take the spans of those that are removed.
    pub fn remove(&mut self, count: i32) -> bool {
        match &mut self.last {
            Some((_, change)) => {
                *change -= count;
                true
            }
            None => false,
        }
    }

    /// Replaces `old` by `new`.
    pub fn replace(&mut self, old: i32, new: &str) -> bool {
        let mut count = 0;
        for c in new.chars() {
            self.push(c, i32::from(count >= old));
            count += 1;
        }
        count >= old || self.remove(old - count)
    }

    fn flush(&mut self) {
        let Some((c, change)) = self.last.take() else { return };
        if self.from.spans.is_empty() {
            return self.to.push(c, None);
        }
        let before = |at: usize| self.from.span(at.saturating_sub(1)).unwrap_or_default();
        let span = if change > 0 {
            before(self.at)
        } else {
            self.from.span(self.at).unwrap_or_else(|| before(self.from.text.len()))
        };
        self.to.push(c, Some(span));
        let mut rest = self.from.text[self.at..].chars();
        for _ in 0..(1 - change).max(0) {
            self.at += rest.next().map_or(0, char::len_utf8);
        }
    }

    pub fn finish(mut self) {
        self.flush();
    }
}
