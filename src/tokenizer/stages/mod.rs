//! The stages that text streams through. Everything here is private to the tokenizer.

pub mod added_tokens;
pub mod bpe;
pub mod byte_level;
pub mod chain;
pub mod charsmap;
pub mod keep;
pub mod normalizer;
pub mod normalizers;
pub mod pattern;
pub mod pieces;
pub mod pre_tokenizer;
pub mod splitters;
pub mod stream;
pub mod subwords;
mod text;
pub mod trim;
pub mod unigram;
pub mod word_piece;
