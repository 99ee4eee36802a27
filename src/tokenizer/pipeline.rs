//! The stages joined: text streams through in windows, and whole words come out as pieces.
//!
//! Nothing is held but the current word, so a caller that has enough tokens stops the stream
//! there: a truncated encode of a long text costs what its tokens cost.

use super::added_tokens::{AddedToken, Match};
use super::characters;
use super::scratch::{Normalized, Piece, Scratch, Span};
use super::Tokenizer;

/// How far ahead added tokens are searched for before the text up to there is tokenised.
const WINDOW: usize = 2048;

/// Receives tokens in the order of the text.
pub(super) trait Sink {
    /// Whether offsets are wanted. Without, all offsets that the sink sees are meaningless.
    const OFFSETS: bool;

    /// The pieces of one word. Returns whether more is wanted.
    fn word(&mut self, pieces: &[Piece]) -> bool;

    /// An added token.
    fn added(&mut self, piece: Piece);
}

/// What a byte below 128 does, after the normaliser's options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ascii {
    Word,
    Space,
    Punctuation,
    Removed,
}

/// Runs a text through the tokenizer.
pub(super) fn run<S: Sink>(tokenizer: &Tokenizer, text: &str, scratch: &mut Scratch, sink: &mut S) {
    scratch.reset();
    let mut stream = Stream { tokenizer, scratch, sink, going: true };
    let mut source = Cursor { text, byte: 0, utf16: 0 };
    // As in Hugging Face's matcher: the end of the last match, and where the search goes on.
    let (mut open, mut search) = (0, 0);
    while stream.going && search < text.len() {
        let limit = ceil_char_boundary(text, search.max(source.byte).saturating_add(WINDOW));
        match tokenizer.source_matcher.find(&tokenizer.added, text, search, limit, open) {
            Err(stopped) => {
                stream.push_source(&mut source, stopped);
                search = stopped;
            }
            Ok(Match { token, start, end, resume }) => {
                stream.push_source(&mut source, start);
                stream.end_segment();
                if !stream.going {
                    break;
                }
                let piece = source.added(&tokenizer.added[token], start, end, S::OFFSETS);
                stream.sink.added(piece);
                (open, search) = (end, resume);
            }
        }
    }
    if stream.going {
        stream.push_source(&mut source, text.len());
        stream.end_segment();
    }
}

/// A place in the source, as byte and as UTF-16 offset.
struct Cursor<'a> {
    text: &'a str,
    byte: usize,
    utf16: u32,
}

impl Cursor<'_> {
    /// Moves over an added token and gives its piece. A token that strips white space on its left
    /// can begin before the cursor.
    fn added(&mut self, token: &AddedToken, start: usize, end: usize, offsets: bool) -> Piece {
        let mut piece = Piece { id: token.id, start: 0, end: 0 };
        if offsets {
            piece.start = self.utf16_at(start);
            piece.end = self.utf16_at(end);
            self.utf16 = piece.end;
        }
        self.byte = end;
        piece
    }

    fn utf16_at(&self, byte: usize) -> u32 {
        let units = |text: &str| text.encode_utf16().count() as u32;
        if byte >= self.byte {
            self.utf16 + units(&self.text[self.byte..byte])
        } else {
            self.utf16 - units(&self.text[byte..self.byte])
        }
    }
}

struct Stream<'a, S> {
    tokenizer: &'a Tokenizer,
    scratch: &'a mut Scratch,
    sink: &'a mut S,
    going: bool,
}

impl<S: Sink> Stream<'_, S> {
    /// Normalises and splits the source from the cursor up to `end`.
    fn push_source(&mut self, source: &mut Cursor<'_>, end: usize) {
        let text = source.text;
        let collect = !self.tokenizer.normalized_matcher.is_empty();
        while self.going && source.byte < end {
            let rest = &text.as_bytes()[source.byte..end];
            let ascii = rest.iter().take_while(|byte| byte.is_ascii()).count();
            if ascii > 0 && !collect {
                self.finish_marks();
                self.push_ascii(&rest[..ascii], source.utf16);
                source.byte += ascii;
                source.utf16 = source.utf16.wrapping_add(ascii as u32);
            } else if let Some(c) = text[source.byte..end].chars().next() {
                let units = c.len_utf16() as u32;
                let span = Span { start: source.utf16, end: source.utf16.wrapping_add(units) };
                self.push_char(c, span);
                source.byte += c.len_utf8();
                source.utf16 = span.end;
            }
        }
    }

    fn push_ascii(&mut self, bytes: &[u8], utf16: u32) {
        let tokenizer = self.tokenizer;
        let mut at = 0;
        while at < bytes.len() {
            let length = bytes[at..]
                .iter()
                .take_while(|&&byte| tokenizer.ascii[byte as usize & 127] == Ascii::Word)
                .count();
            if length > 0 {
                self.collect_ascii(&bytes[at..at + length], utf16.wrapping_add(at as u32));
                at += length;
            }
            let Some(&byte) = bytes.get(at) else { return };
            match tokenizer.ascii[byte as usize & 127] {
                Ascii::Space => self.end_word(),
                Ascii::Punctuation => {
                    self.end_word();
                    if self.going {
                        self.collect_ascii(&bytes[at..=at], utf16.wrapping_add(at as u32));
                        self.end_word();
                    }
                }
                Ascii::Word | Ascii::Removed => {}
            }
            if !self.going {
                return;
            }
            at += 1;
        }
    }

    fn collect_ascii(&mut self, bytes: &[u8], utf16: u32) {
        let word = &mut self.scratch.word;
        let room = self.tokenizer.model.options.max_word_chars.saturating_sub(word.chars);
        let stored = &bytes[..bytes.len().min(room)];
        if self.tokenizer.normalizer.lowercase {
            word.bytes.extend(stored.iter().map(u8::to_ascii_lowercase));
        } else {
            word.bytes.extend_from_slice(stored);
        }
        word.chars += bytes.len();
        if S::OFFSETS {
            let span =
                |index: usize| Span { start: utf16 + index as u32, end: utf16 + index as u32 + 1 };
            word.spans.extend((0..stored.len()).map(span));
            if word.spans.is_empty() {
                word.spans.push(span(0));
            }
            word.last = span(bytes.len() - 1);
        }
    }

    fn push_char(&mut self, c: char, span: Span) {
        let Stream { tokenizer, scratch, sink, going } = self;
        let Scratch { word, marks, normalized, pieces, .. } = &mut **scratch;
        if tokenizer.normalized_matcher.is_empty() {
            let mut words = Words { tokenizer, word, pieces, sink: &mut **sink, going };
            tokenizer.normalizer.push(c, span, marks, &mut |c, span| words.push(c, span));
        } else {
            tokenizer.normalizer.push(c, span, marks, &mut |c, span| normalized.push(c, span));
        }
    }

    fn finish_marks(&mut self) {
        let Stream { tokenizer, scratch, sink, going } = self;
        let Scratch { word, marks, normalized, pieces, .. } = &mut **scratch;
        if tokenizer.normalized_matcher.is_empty() {
            let mut words = Words { tokenizer, word, pieces, sink: &mut **sink, going };
            tokenizer.normalizer.finish(marks, &mut |c, span| words.push(c, span));
        } else {
            tokenizer.normalizer.finish(marks, &mut |c, span| normalized.push(c, span));
        }
    }

    fn end_word(&mut self) {
        let Stream { tokenizer, scratch, sink, going } = self;
        let Scratch { word, pieces, .. } = &mut **scratch;
        Words { tokenizer, word, pieces, sink: &mut **sink, going }.end();
    }

    /// Ends the text, or a stretch of it between added tokens.
    fn end_segment(&mut self) {
        if !self.going {
            return;
        }
        self.finish_marks();
        if !self.tokenizer.normalized_matcher.is_empty() {
            self.push_normalized();
        }
        self.end_word();
    }

    /// Looks for the added tokens that are to be found in normalised text, and splits the rest.
    fn push_normalized(&mut self) {
        let tokenizer = self.tokenizer;
        let buffer = std::mem::take(&mut self.scratch.normalized);
        let Normalized { text, spans } = &buffer;
        let (mut open, mut search) = (0, 0);
        while self.going {
            let found =
                tokenizer.normalized_matcher.find(&tokenizer.added, text, search, text.len(), open);
            let end = found.map_or(text.len(), |found| found.start);
            for (at, c) in text.get(open..end).unwrap_or_default().char_indices() {
                let Stream { scratch, sink, going, .. } = self;
                let Scratch { word, pieces, .. } = &mut **scratch;
                let mut words = Words { tokenizer, word, pieces, sink: &mut **sink, going };
                words.push(c, spans[open + at]);
            }
            let Ok(Match { token, start, end, resume }) = found else { break };
            self.end_word();
            if !self.going {
                break;
            }
            let start = spans.get(start).map_or(0, |span| span.start);
            let last = spans[end - 1].end;
            self.sink.added(Piece { id: tokenizer.added[token].id, start, end: last });
            (open, search) = (end, resume);
        }
        self.scratch.normalized = buffer;
        self.scratch.normalized.text.clear();
        self.scratch.normalized.spans.clear();
    }
}

impl Normalized {
    fn push(&mut self, c: char, span: Span) {
        self.text.push(c);
        self.spans.resize(self.text.len(), span);
    }
}

/// The pre-tokeniser: collects normalised characters into words.
struct Words<'a, S> {
    tokenizer: &'a Tokenizer,
    word: &'a mut super::scratch::Word,
    pieces: &'a mut Vec<Piece>,
    sink: &'a mut S,
    going: &'a mut bool,
}

impl<S: Sink> Words<'_, S> {
    fn push(&mut self, c: char, span: Span) {
        if characters::is_whitespace(c) {
            self.end();
        } else if characters::is_punctuation(c) {
            self.end();
            self.collect(c, span);
            self.end();
        } else {
            self.collect(c, span);
        }
    }

    fn collect(&mut self, c: char, span: Span) {
        let word = &mut *self.word;
        if word.chars < self.tokenizer.model.options.max_word_chars {
            word.bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            if S::OFFSETS {
                word.spans.resize(word.bytes.len(), span);
            }
        } else if S::OFFSETS && word.spans.is_empty() {
            word.spans.push(span);
        }
        word.chars += 1;
        word.last = span;
    }

    fn end(&mut self) {
        let word = &mut *self.word;
        if word.chars == 0 {
            return;
        }
        if *self.going {
            let model = &self.tokenizer.model;
            if word.chars > model.options.max_word_chars {
                self.pieces.push(model.unknown(word.bytes.len()));
            } else {
                model.split(&word.bytes, self.pieces);
            }
            if S::OFFSETS {
                for piece in self.pieces.iter_mut() {
                    let whole = piece.end as usize == word.bytes.len();
                    piece.start = word.spans[piece.start as usize].start;
                    piece.end =
                        if whole { word.last.end } else { word.spans[piece.end as usize - 1].end };
                }
            }
            *self.going = self.sink.word(self.pieces);
            self.pieces.clear();
        }
        word.clear();
    }
}

fn ceil_char_boundary(text: &str, index: usize) -> usize {
    (index..text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len())
}
