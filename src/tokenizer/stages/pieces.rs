//! The pieces of a vocabulary by their ids.

use crate::{Error, ErrorKind};
use edgebert_subwords::trie::{Key, Root, Trie};

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

/// Pieces of any text, one after the other.
#[derive(Default)]
pub struct Pieces {
    text: Vec<u8>,
    ends: Vec<u32>,
}

impl Pieces {
    pub fn push(&mut self, piece: &str) -> Result<(), Error> {
        self.text.extend_from_slice(piece.as_bytes());
        let bytes = self.text.len() as u64;
        let end = u32::try_from(bytes)
            .map_err(|_| Error::from(ErrorKind::TooLarge { what: "vocabulary".into(), bytes }))?;
        self.ends.push(end);
        Ok(())
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn get(&self, id: usize) -> Option<&[u8]> {
        let end = *self.ends.get(id)? as usize;
        let start = id.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|id| self.get(id))
    }

    /// The trie that finds them. Of equal pieces the last counts.
    pub fn trie(&self) -> Result<Trie, Error> {
        let keys = self.iter().zip(0..).filter(|(piece, _)| !piece.is_empty());
        let keys: Vec<Key<'_>> = keys.collect();
        let bytes = self.text.len() as u64;
        Trie::build(&mut [keys])
            .ok_or_else(|| ErrorKind::TooLarge { what: "vocabulary".into(), bytes }.into())
    }

    pub fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// Appends them to a packed vocabulary: how many, the length of each, seven bits a byte with the
    /// low ones first, and their text.
    pub fn pack(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.len() as u32).to_le_bytes());
        for piece in self.iter() {
            let mut length = piece.len();
            while length > 127 {
                out.push(length as u8 | 128);
                length >>= 7;
            }
            out.push(length as u8);
        }
        out.extend_from_slice(&self.text);
    }

    /// Reads what [`Pieces::pack`] wrote, and returns what follows; `None` if it is damaged.
    pub fn unpack(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (count, mut rest) = bytes.split_first_chunk::<4>()?;
        let count = u32::from_le_bytes(*count) as usize;
        // Each has a byte at least.
        let mut ends = Vec::with_capacity(count.min(rest.len()));
        let mut end = 0u32;
        for _ in 0..count {
            let (mut length, mut shift) = (0u32, 0);
            loop {
                let (&byte, after) = rest.split_first()?;
                rest = after;
                length |= u32::from(byte & 127).checked_shl(shift).filter(|_| shift < 28)?;
                shift += 7;
                if byte < 128 {
                    break;
                }
            }
            end = end.checked_add(length)?;
            ends.push(end);
        }
        let (text, rest) = rest.split_at_checked(end as usize)?;
        let whole = std::str::from_utf8(text).ok()?;
        let apart = ends.iter().all(|&end| whole.is_char_boundary(end as usize));
        apart.then(|| (Pieces { text: text.to_vec(), ends }, rest))
    }
}
