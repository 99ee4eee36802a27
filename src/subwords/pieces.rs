//! The texts of a vocabulary's pieces.

use crate::trie::{Key, Trie};

/// A vocabulary that 32 bits, or a trie, cannot number.
#[derive(Debug)]
pub struct TooLarge {
    /// Of all its pieces.
    pub bytes: u64,
}

/// Pieces of any text, one after the other.
#[derive(Default)]
pub struct Pieces {
    text: Vec<u8>,
    ends: Vec<u32>,
}

impl Pieces {
    /// Adds a piece under the next id.
    pub fn push(&mut self, piece: &str) -> Result<(), TooLarge> {
        self.text.extend_from_slice(piece.as_bytes());
        let end = u32::try_from(self.text.len()).map_err(|_| self.too_large())?;
        self.ends.push(end);
        Ok(())
    }

    fn too_large(&self) -> TooLarge {
        TooLarge { bytes: self.text.len() as u64 }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes of a piece.
    pub fn get(&self, id: usize) -> Option<&[u8]> {
        let end = *self.ends.get(id)? as usize;
        let start = id.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }

    /// All of them, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let piece = self.text.get(start..end as usize).unwrap_or_default();
            start = end as usize;
            piece
        })
    }

    /// The trie that finds them, with one root. Of equal pieces the last counts.
    pub fn trie(&self) -> Result<Trie, TooLarge> {
        let mut keys = Vec::with_capacity(self.len());
        for (piece, id) in self.iter().zip(0..) {
            if !piece.is_empty() {
                keys.push(Key::new(piece, id));
            }
        }
        Trie::build(&mut [keys]).ok_or_else(|| self.too_large())
    }

    /// Gives room back that more pieces would take.
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
