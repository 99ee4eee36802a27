//! What tokenizers spend their time in: finding pieces in a [`trie`], and the best way through a word in a
//! [`lattice`]. A crate of its own, so that it is compiled for speed while the rest of the engine is compiled
//! for size: twice as much text a second.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod lattice;
pub mod pieces;
pub mod trie;

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
