//! The stages that text streams through. Everything here is private to the tokenizer.

pub mod added_tokens;
pub mod normalizer;
pub mod pre_tokenizer;
mod stream;
pub mod trie;
pub mod word_piece;
