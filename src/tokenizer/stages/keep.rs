//! Which pieces of a vocabulary stay when it is cut down to what some texts need.

use super::pieces::Vocabulary;
use crate::Error;
use edgebert_subwords::pieces::Pieces;

/// The file that errors about a cut vocabulary name.
pub const FILE: &str = "the cut vocabulary";

/// The ids that stay.
pub struct Keep(Vec<bool>);

impl Keep {
    /// The first ids up to `first`, which have a meaning of their own.
    pub fn new(vocabulary: &dyn Vocabulary, first: usize) -> Self {
        Keep((0..vocabulary.len()).map(|id| id < first).collect())
    }

    /// Keeps an id, if the vocabulary has it.
    pub fn add(&mut self, id: u32) {
        if let Some(kept) = self.0.get_mut(id as usize) {
            *kept = true;
        }
    }

    /// Keeps the pieces of one character behind a prefix and before a suffix, and those of one byte.
    pub fn add_characters(&mut self, vocabulary: &dyn Vocabulary, prefix: &str, suffix: &str) {
        for (id, kept) in self.0.iter_mut().enumerate() {
            let Some(piece) = vocabulary.piece(id as u32) else { continue };
            let inner = piece.strip_prefix(prefix).unwrap_or(piece);
            let inner = inner.strip_suffix(suffix).unwrap_or(inner);
            let byte = piece.len() == 6 && piece.starts_with("<0x") && piece.ends_with('>');
            *kept |= byte || inner.chars().nth(1).is_none();
        }
    }

    /// Whether an id stays.
    pub fn has(&self, id: u32) -> bool {
        self.0.get(id as usize).is_some_and(|&kept| kept)
    }

    /// The ids that stay, in their order: their places are the new ids.
    pub fn ids(&self) -> Vec<u32> {
        (0..self.0.len() as u32).filter(|&id| self.has(id)).collect()
    }

    /// Their pieces.
    pub fn pieces(&self, vocabulary: &dyn Vocabulary) -> Result<Pieces, Error> {
        let mut pieces = Pieces::default();
        for id in self.ids() {
            pieces.push(vocabulary.piece(id).unwrap_or_default())?;
        }
        Ok(pieces)
    }

    /// The new id of one that stays.
    pub fn number(&self, id: u32) -> Option<u32> {
        self.has(id).then(|| self.0[..id as usize].iter().filter(|&&kept| kept).count() as u32)
    }
}
