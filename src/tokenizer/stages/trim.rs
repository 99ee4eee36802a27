//! Offsets of a chain's tokens in the source, without white space at their ends where a tokenizer says so.

use super::chain::Chain;
use super::normalizer::Span;
use crate::tokenizer::scratch::Piece;
use crate::tokenizer::unicode::classes::is_space;

/// How offsets are trimmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trim {
    /// A single space before the first token was put there and stays.
    pub prefix_space: bool,
}

/// Gives pieces their offsets in the source.
pub fn settle(chain: &Chain, offsets: bool, count: usize, pieces: &mut [Piece], spans: &[Span]) {
    match chain.trim {
        Some(trim) if offsets => trim.apply(pieces, count, chain, spans),
        _ => place(pieces, spans),
    }
}

/// Turns offsets in bytes of a word into those of the source.
fn place(pieces: &mut [Piece], spans: &[Span]) {
    if spans.is_empty() {
        return;
    }
    for piece in pieces {
        let start = spans.get(piece.start as usize).map_or(0, |span| span.start);
        let end = (piece.end as usize).checked_sub(1).and_then(|last| spans.get(last));
        (piece.start, piece.end) = (start, end.map_or(start, |span| span.end));
    }
}

impl Trim {
    /// Leaves white space at the ends of tokens out of their offsets. `pieces` have offsets in bytes
    /// of a word, for which these are the spans; `count` tokens came before.
    fn apply(self, pieces: &mut [Piece], count: usize, chain: &Chain, spans: &[Span]) {
        for (index, piece) in pieces.iter_mut().enumerate() {
            let own = spans.get(piece.start as usize..piece.end as usize).unwrap_or_default();
            place(std::slice::from_mut(piece), spans);
            if let Some(text) = chain.model.vocabulary().piece(piece.id) {
                self.one(piece, count + index, text, own);
            }
        }
    }

    /// Steps over as many characters of the source as the token's text has white space at its ends.
    pub fn one(self, piece: &mut Piece, index: usize, text: &str, spans: &[Span]) {
        let blank = |c: &char| *c == '\u{120}' || is_space(*c);
        let mut leading = text.chars().take_while(blank).count();
        let trailing = text.chars().rev().take_while(blank).count();
        let first = index == 0 || piece.start == 0;
        if first && self.prefix_space && leading == 1 {
            leading = 0;
        }
        let begins = |at: u32| spans.iter().find(|span| span.start == at && span.end > at);
        let ends = |at: u32| spans.iter().rfind(|span| span.end == at && span.start < at);
        for _ in 0..leading {
            let next = begins(piece.start).map_or(piece.start + 1, |span| span.end);
            piece.start = next.min(piece.end);
        }
        let mut end = piece.end;
        for _ in 0..trailing {
            if end == 0 {
                // Hugging Face trims nothing where there is less before the token's end.
                return;
            }
            end = ends(end).map_or(end - 1, |span| span.start);
        }
        piece.end = end.max(piece.start);
    }
}
