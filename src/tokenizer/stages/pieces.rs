//! The pieces of a vocabulary by their ids.

use crate::{Error, ErrorKind};
use edgebert_subwords::pieces::TooLarge;
use edgebert_subwords::trie::{Root, Trie};

/// What every model of subwords has: pieces, numbered from 0. An id without a piece has an empty one.
pub trait Vocabulary {
    /// The number of ids, those without a piece included.
    fn len(&self) -> usize;

    /// A piece as bytes, empty for an id that has none.
    fn line(&self, id: usize) -> Option<&[u8]>;

    /// The number of pieces, as Hugging Face counts them.
    fn count(&self) -> usize {
        (0..self.len()).filter(|&id| self.line(id).is_some_and(|line| !line.is_empty())).count()
    }

    fn piece(&self, id: u32) -> Option<&str> {
        let piece = std::str::from_utf8(self.line(id as usize)?).ok()?;
        (!piece.is_empty()).then_some(piece)
    }
}

/// The pieces `<0x00>` to `<0xFF>` by their byte, as a trie with one root has them.
pub fn byte_pieces(trie: &Trie) -> Vec<Option<u32>> {
    (0..=255u8).map(|byte| trie.get(Root(0), format!("<0x{byte:02X}>").as_bytes())).collect()
}

impl From<TooLarge> for Error {
    fn from(TooLarge { bytes }: TooLarge) -> Self {
        ErrorKind::TooLarge { what: "vocabulary".into(), bytes }.into()
    }
}
