//! The BERT pre-tokeniser: words end at white space, and every punctuation character is a word.

use super::normalizer::{Ready, Span};
use super::word_piece::WordPiece;
use crate::tokenizer::scratch::{Piece, Word};
use crate::tokenizer::unicode::classes::Class;

/// What normaliser and pre-tokeniser make of each ASCII character.
pub struct Ascii([u8; 128], bool);

const SPACE: u8 = 0x80;
const PUNCTUATION: u8 = 0x81;
const REMOVED: u8 = 0x82;

impl Ascii {
    pub fn new(clean_text: bool, lowercase: bool) -> Self {
        let table = std::array::from_fn(|byte| {
            let class = Class::of(byte as u8 as char);
            if clean_text && (class.is_removed() || byte == 0) {
                REMOVED
            } else if class.is_space() {
                SPACE
            } else if class.is_punctuation() {
                PUNCTUATION
            } else if lowercase {
                (byte as u8).to_ascii_lowercase()
            } else {
                byte as u8
            }
        });
        Ascii(table, clean_text)
    }

    fn get(&self, byte: u8) -> u8 {
        self.0[byte as usize & 127]
    }

    /// The normal form of an ASCII character; `None` if cleaning removes it.
    pub fn normalize(&self, byte: u8) -> Option<u8> {
        match self.get(byte) {
            REMOVED => None,
            // Cleaning makes all white space a space.
            SPACE if self.1 => Some(b' '),
            SPACE | PUNCTUATION => Some(byte),
            letter => Some(letter),
        }
    }
}

/// Receives tokens in the order of the text.
pub trait Sink {
    /// The pieces of one word. Returns whether more is wanted.
    fn word(&mut self, pieces: &[Piece]) -> bool;

    /// An added token.
    fn added(&mut self, piece: Piece);
}

/// Puts normalised characters together into words, looks each up, and hands its pieces on.
pub struct Words<'a> {
    pub model: &'a WordPiece,
    pub word: &'a mut Word,
    pub pieces: &'a mut Vec<Piece>,
    pub sink: &'a mut dyn Sink,
    /// Whether pieces get offsets; without, they mean nothing.
    pub offsets: bool,
    /// Turns false when the sink has enough. Whatever comes after is dropped.
    pub going: bool,
}

impl Words<'_> {
    /// Takes a normalised character.
    pub fn push(&mut self, Ready { c, class, span }: Ready) {
        if class.is_space() {
            self.end();
        } else if class.is_punctuation() {
            self.end();
            self.collect(c, span);
            self.end();
        } else {
            self.collect(c, span);
        }
    }

    /// Takes ASCII text of the source that begins at `utf16`, and normalises it on the way.
    pub fn push_ascii(&mut self, text: &[u8], utf16: u32, ascii: &Ascii) {
        let mut at = 0;
        while at < text.len() && self.going {
            let length = text[at..].iter().take_while(|&&byte| ascii.get(byte) < 128).count();
            if length > 0 {
                self.collect_ascii(&text[at..at + length], utf16.wrapping_add(at as u32), ascii);
                at += length;
            }
            let Some(&byte) = text.get(at) else { return };
            match ascii.get(byte) {
                SPACE => self.end(),
                PUNCTUATION => {
                    let start = utf16.wrapping_add(at as u32);
                    self.end();
                    self.collect(byte as char, Span { start, end: start.wrapping_add(1) });
                    self.end();
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn collect_ascii(&mut self, text: &[u8], utf16: u32, ascii: &Ascii) {
        let word = &mut *self.word;
        let room = self.model.options.max_word_chars.saturating_sub(word.chars);
        let stored = &text[..text.len().min(room)];
        word.bytes.extend(stored.iter().map(|&byte| ascii.get(byte)));
        word.chars += text.len();
        if self.offsets {
            let span = |index: usize| {
                let start = utf16.wrapping_add(index as u32);
                Span { start, end: start.wrapping_add(1) }
            };
            word.spans.extend((0..stored.len()).map(span));
            if word.spans.is_empty() {
                word.spans.push(span(0));
            }
            word.last = span(text.len() - 1);
        }
    }

    fn collect(&mut self, c: char, span: Span) {
        let word = &mut *self.word;
        if word.chars < self.model.options.max_word_chars {
            word.bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            if self.offsets {
                word.spans.resize(word.bytes.len(), span);
            }
        } else if word.spans.is_empty() {
            word.spans.push(span);
        }
        word.chars += 1;
        word.last = span;
    }

    /// Ends the word, if there is one.
    pub fn end(&mut self) {
        let word = &mut *self.word;
        if word.chars == 0 {
            return;
        }
        if self.going {
            if word.chars > self.model.options.max_word_chars {
                self.pieces.push(self.model.unknown(word.bytes.len()));
            } else {
                self.model.split(&word.bytes, self.pieces);
            }
            if self.offsets {
                for piece in self.pieces.iter_mut() {
                    let whole = piece.end as usize == word.bytes.len();
                    piece.start = word.spans[piece.start as usize].start;
                    piece.end =
                        if whole { word.last.end } else { word.spans[piece.end as usize - 1].end };
                }
            }
            self.going = self.sink.word(self.pieces);
            self.pieces.clear();
        }
        word.clear();
    }

    /// Hands an added token on.
    pub fn added(&mut self, piece: Piece) {
        if self.going {
            self.sink.added(piece);
        }
    }
}
