//! The subword models behind one interface: a word in, its pieces out.

use super::bpe::{Bpe, Merger};
use super::keep::Keep;
use super::pieces::Vocabulary;
use super::unigram::Unigram;
use super::word_piece::{WordPiece, Words};
use crate::Error;
use crate::tokenizer::scratch::Piece;
use edgebert_subwords::lattice::Lattice;

/// One of them.
pub enum Subwords {
    WordPiece(WordPiece),
    Unigram(Unigram),
    Bpe(Bpe),
}

/// Buffers for one word.
#[derive(Default)]
pub struct WordScratch {
    pub lattice: Lattice,
    merger: Merger,
}

impl Subwords {
    pub fn vocabulary(&self) -> &dyn Vocabulary {
        match self {
            Subwords::WordPiece(model) => model,
            Subwords::Unigram(model) => model,
            Subwords::Bpe(model) => model,
        }
    }

    /// The piece for what the vocabulary lacks.
    pub fn unknown(&self) -> Option<u32> {
        match self {
            Subwords::WordPiece(model) => Some(model.unknown_id()),
            Subwords::Unigram(model) => Some(model.options().0),
            Subwords::Bpe(model) => model.unknown_id(),
        }
    }

    /// The model with the pieces that `keep` says, and those that it needs for the same tokens.
    pub fn only(&self, keep: &mut Keep) -> Result<Self, Error> {
        Ok(match self {
            Subwords::WordPiece(model) => Subwords::WordPiece(model.only(keep, Words::Any)?),
            Subwords::Unigram(model) => Subwords::Unigram(model.only(keep)?),
            Subwords::Bpe(model) => Subwords::Bpe(model.only(keep)?),
        })
    }

    /// Appends the pieces of a word to `out`, with offsets in bytes of the word.
    pub fn split(&self, word: &str, scratch: &mut WordScratch, out: &mut Vec<Piece>) {
        match self {
            Subwords::WordPiece(model) => {
                if word.chars().count() > model.options.max_word_chars {
                    out.push(model.unknown(word.len()));
                } else {
                    model.split(word.as_bytes(), out);
                }
            }
            Subwords::Unigram(model) => model.split(word.as_bytes(), &mut scratch.lattice, out),
            Subwords::Bpe(model) => model.split(word, &mut scratch.merger, out),
        }
    }

    /// Appends those pieces of a word that has not ended which no text after it can change, and
    /// returns how many bytes of it they cover.
    pub fn split_begun(
        &self,
        word: &str,
        scratch: &mut WordScratch,
        out: &mut Vec<Piece>,
    ) -> usize {
        match self {
            Subwords::Unigram(model) => {
                model.split_begun(word.as_bytes(), &mut scratch.lattice, out)
            }
            _ => 0,
        }
    }
}
