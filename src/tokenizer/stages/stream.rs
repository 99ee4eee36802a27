//! The stages joined: text streams through, and whole words come out as pieces.
//!
//! Nothing is held but the current word, so a caller that has enough tokens stops the stream
//! there: a truncated encode of a long text costs what its tokens cost.

use super::added_tokens::Match;
use super::normalizer::{Normalized, Normalizer, Ready, Span};
use super::pre_tokenizer::{Ascii, Sink, Words};
use super::word_piece::WordPiece;
use crate::tokenizer::Tokenizer;
use crate::tokenizer::scratch::{Collected, Piece, Scratch};
use crate::tokenizer::unicode::classes::Class;

/// How far ahead added tokens are searched for before the text up to there is tokenised.
const WINDOW: usize = 2048;

/// The stages of BERT's tokenizers.
pub struct Bert {
    pub normalizer: Normalizer,
    ascii: Ascii,
    pub model: WordPiece,
}

impl Bert {
    pub fn new(normalizer: Normalizer, model: WordPiece) -> Self {
        let ascii = Ascii::new(normalizer.clean_text, normalizer.lowercase);
        Bert { normalizer, ascii, model }
    }

    pub fn set_normalizer(&mut self, normalizer: Normalizer) {
        self.normalizer = normalizer;
        self.ascii = Ascii::new(normalizer.clean_text, normalizer.lowercase);
    }

    /// The normal form of a whole text.
    pub fn normalize(&self, text: &str) -> String {
        let mut out = Normalized::default();
        for c in text.chars() {
            self.normalizer.push(c, Default::default(), &mut out);
        }
        self.normalizer.finish(&mut out);
        out.ready.into_iter().map(|ready| ready.c).collect()
    }

    /// Runs a text through the stages.
    pub fn run(
        &self,
        tokenizer: &Tokenizer,
        text: &str,
        offsets: bool,
        scratch: &mut Scratch,
        sink: &mut dyn Sink,
    ) {
        scratch.reset();
        let Scratch { normalized, collected, word, pieces, .. } = scratch;
        let words = Words { model: &self.model, word, pieces, sink, offsets, going: true };
        let mut stream =
            Stream { bert: self, tokenizer, text, byte: 0, utf16: 0, normalized, collected, words };
        // As in Hugging Face's matcher: the end of the last match, and where the search continues.
        let (mut open, mut search) = (0, 0);
        while stream.words.going && search < text.len() {
            let limit = stream.byte.max(search).saturating_add(WINDOW);
            let limit = (limit..text.len()).find(|&at| text.is_char_boundary(at));
            let limit = limit.unwrap_or(text.len());
            match tokenizer.source_matcher.find(&tokenizer.added, text, search, limit, open) {
                Err(stopped) => {
                    stream.push_to(stopped);
                    search = stopped;
                }
                Ok(found) => {
                    stream.push_to(found.start);
                    stream.end_segment();
                    stream.added(&found);
                    (open, search) = (found.end, found.resume);
                }
            }
        }
        stream.push_to(text.len());
        stream.end_segment();
    }
}

/// A text on its way through the stages.
struct Stream<'a, 'b> {
    bert: &'a Bert,
    tokenizer: &'a Tokenizer,
    text: &'a str,
    /// What has been read: a place in the text, as byte and as UTF-16 offset.
    byte: usize,
    utf16: u32,
    normalized: &'a mut Normalized,
    collected: &'a mut Collected,
    words: Words<'b>,
}

impl Stream<'_, '_> {
    /// Normalises and splits the source up to `end`.
    fn push_to(&mut self, end: usize) {
        let Bert { normalizer, ascii, .. } = self.bert;
        let normalized_matcher = &self.tokenizer.normalized_matcher;
        while self.words.going && self.byte < end {
            let rest = &self.text[self.byte..end];
            let length = rest.bytes().take_while(u8::is_ascii).count();
            if length > 0 {
                let run = &rest.as_bytes()[..length];
                // What cleaning removes ends no run of marks.
                if run.iter().any(|&byte| ascii.normalize(byte).is_some()) {
                    normalizer.finish(self.normalized);
                    self.pass_on();
                    if normalized_matcher.is_empty() {
                        self.words.push_ascii(run, self.utf16, ascii);
                    } else {
                        self.collected.push_ascii(run, self.utf16, ascii);
                    }
                }
                self.advance(length, length as u32);
            } else if let Some(c) = rest.chars().next() {
                let units = c.len_utf16() as u32;
                let span = Span { start: self.utf16, end: self.utf16.wrapping_add(units) };
                normalizer.push(c, span, self.normalized);
                self.pass_on();
                self.advance(c.len_utf8(), units);
            }
        }
    }

    fn advance(&mut self, bytes: usize, units: u32) {
        self.byte += bytes;
        self.utf16 = self.utf16.wrapping_add(units);
    }

    /// Moves what the normaliser has ready on to the words, or to where added tokens are looked for.
    fn pass_on(&mut self) {
        let direct = self.tokenizer.normalized_matcher.is_empty();
        for ready in &self.normalized.ready {
            if direct {
                self.words.push(*ready);
            } else {
                self.collected.push(ready.c, ready.span);
            }
        }
        self.normalized.ready.clear();
    }

    /// Ends the text, or a stretch of it before an added token.
    fn end_segment(&mut self) {
        self.bert.normalizer.finish(self.normalized);
        self.pass_on();
        self.push_collected();
        self.words.end();
    }

    /// Hands an added token on and moves past it. Nothing is left of a token inside white
    /// space which the one before has stripped.
    fn added(&mut self, found: &Match) {
        let start = self.utf16_at(found.start);
        let end = self.utf16_at(found.end);
        if found.start < found.end {
            self.words.added(Piece { id: self.tokenizer.added[found.token].id, start, end });
        }
        (self.byte, self.utf16) = (found.end, end);
    }

    /// The UTF-16 offset of a place near the one that was read up to: a token that strips white
    /// space on its left can begin before it.
    fn utf16_at(&self, byte: usize) -> u32 {
        let units = |text: &str| text.chars().map(|c| c.len_utf16() as u32).sum::<u32>();
        if byte >= self.byte {
            self.utf16.wrapping_add(units(&self.text[self.byte..byte]))
        } else {
            self.utf16.wrapping_sub(units(&self.text[byte..self.byte]))
        }
    }

    /// Finds the added tokens that are to be found in normalised text, and splits the rest.
    fn push_collected(&mut self) {
        let Tokenizer { normalized_matcher, added, .. } = self.tokenizer;
        let Collected { text, spans } = &*self.collected;
        let (mut open, mut search) = (0, 0);
        while self.words.going {
            let found = normalized_matcher.find(added, text, search, text.len(), open);
            let end = found.map_or(text.len(), |found| found.start);
            for (at, c) in text.get(open..end).unwrap_or_default().char_indices() {
                self.words.push(Ready { c, class: Class::of(c), span: spans[open + at] });
            }
            self.words.end();
            let Ok(Match { token, start, end, resume }) = found else { break };
            if start < end {
                let (start, end) = (spans[start].start, spans[end - 1].end);
                self.words.added(Piece { id: added[token].id, start, end });
            }
            (open, search) = (end, resume);
        }
        self.collected.clear();
    }
}
