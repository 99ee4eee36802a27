//! What one call leaves for the next: buffers, so that a warm tokenizer allocates nothing.

use super::stages::chain;
use super::stages::normalizer::{Normalized, Span};
use super::stages::pre_tokenizer::Ascii;

/// A token: its id, and where it is. Within a word the offsets are bytes of the word; outside they
/// are UTF-16 code units of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    pub(super) id: u32,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Buffers that calls reuse. Any scratch serves any tokenizer.
#[derive(Default)]
pub struct Scratch {
    pub(super) normalized: Normalized,
    pub(super) collected: Collected,
    pub(super) word: Word,
    pub(super) pieces: Vec<Piece>,
    pub(super) chain: chain::Buffers,
    /// The ids of a pair of texts before they are cut.
    pub(super) pair: Vec<u32>,
}

/// The word that is being put together.
#[derive(Default)]
pub(super) struct Word {
    pub(super) bytes: Vec<u8>,
    /// Per byte, where its character came from; only kept when offsets are wanted.
    pub(super) spans: Vec<Span>,
    /// All characters, also those past the limit, which are not stored.
    pub(super) chars: usize,
    /// The span of the last character, stored or not.
    pub(super) last: Span,
}

/// Normalised text that added tokens are still to be found in.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) text: String,
    /// Per byte, where its character came from.
    pub(super) spans: Vec<Span>,
}

impl Scratch {
    /// Forgets what an earlier call that stopped in mid-text left.
    pub(super) fn reset(&mut self) {
        self.normalized.clear();
        self.collected.clear();
        self.word.clear();
        self.pieces.clear();
    }
}

impl Word {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.spans.clear();
        self.chars = 0;
    }
}

impl Collected {
    pub(super) fn push(&mut self, c: char, span: Span) {
        self.text.push(c);
        self.spans.resize(self.text.len(), span);
    }

    /// Normalises ASCII text of the source that begins at `utf16`.
    pub(super) fn push_ascii(&mut self, text: &[u8], utf16: u32, ascii: &Ascii) {
        for (start, &byte) in (utf16..).zip(text) {
            if let Some(byte) = ascii.normalize(byte) {
                self.text.push(char::from(byte));
                self.spans.push(Span { start, end: start.wrapping_add(1) });
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.spans.clear();
    }
}
