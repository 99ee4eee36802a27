//! Tokens with their places in the source.

use super::Tokenizer;
use super::scratch::{Piece, Scratch};
use super::stages::pre_tokenizer::Sink;
use super::templates;

/// The tokens of a text, special ones included, and where each came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offsets {
    /// The tokens' ids.
    pub ids: Vec<u32>,
    /// Start and end of each token in UTF-16 code units of the source: two numbers a token, both 0
    /// for a token that the post-processor adds.
    pub offsets: Vec<u32>,
}

impl Tokenizer {
    /// Like [`Tokenizer::encode`] without a limit, with offsets equal to Hugging Face's.
    pub fn encode_with_offsets(&self, text: &str, scratch: &mut Scratch) -> Offsets {
        let (before, after) = templates::around(&self.templates.single);
        let mut out = Offsets::default();
        before.for_each(|id| out.added(Piece { id, start: 0, end: 0 }));
        self.run(text, true, scratch, &mut out);
        after.for_each(|id| out.added(Piece { id, start: 0, end: 0 }));
        out
    }
}

impl Sink for Offsets {
    fn word(&mut self, pieces: &[Piece]) -> bool {
        pieces.iter().for_each(|piece| self.added(*piece));
        true
    }

    fn added(&mut self, piece: Piece) {
        self.ids.push(piece.id);
        self.offsets.extend([piece.start, piece.end]);
    }
}
