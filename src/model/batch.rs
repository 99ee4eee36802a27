//! Texts as tokens, and which of them go through a model together.

use std::ops::Range;

/// Texts go through the layers together until they have this many tokens, so that a panel of
/// weights serves many rows while the rows still fit into the second-level cache.
pub const GROUP_TOKENS: usize = 256;

/// Texts as word pieces, end to end.
#[derive(Default)]
pub struct Batch {
    /// The word pieces.
    pub ids: Vec<u32>,
    /// The token type of each, or nothing where all are 0.
    pub types: Vec<u8>,
    /// Where each text ends in `ids`.
    pub ends: Vec<usize>,
    /// How many word pieces of each text are a prompt that pooling passes over.
    pub skipped: usize,
}

impl Batch {
    /// Drops the texts. `skipped` stays.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.types.clear();
        self.ends.clear();
    }

    /// Closes the text whose word pieces were appended to `ids`.
    pub fn end_text(&mut self) {
        self.ends.push(self.ids.len());
    }

    /// Where a text's word pieces are.
    pub fn text(&self, index: usize) -> Range<usize> {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        start..self.ends[index]
    }

    /// The groups of texts that go together: as many as fit, and at least one.
    pub fn groups(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut first = 0;
        std::iter::from_fn(move || {
            let mut tokens = 0;
            let fitting = (first..self.ends.len()).take_while(|&index| {
                tokens += self.text(index).len();
                tokens <= GROUP_TOKENS
            });
            let group = first..(first + fitting.count().max(1)).min(self.ends.len());
            first = group.end;
            (!group.is_empty()).then_some(group)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn groups_hold_what_fits_and_never_nothing() {
        let mut batch = Batch::default();
        assert_eq!(batch.groups().count(), 0);
        for length in [100, 100, 56, 1, 300, 300, 256] {
            batch.ids.resize(batch.ids.len() + length, 0);
            batch.end_text();
        }
        assert_eq!(batch.groups().collect::<Vec<_>>(), [0..3, 3..4, 4..5, 5..6, 6..7]);
    }
}
