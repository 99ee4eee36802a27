//! Runs texts through a model.

use super::activations::Activations;
use super::layer::LayerScratch;
use super::pooling::Pooling;
use super::Model;
use crate::kernels::pool::normalize;
use std::ops::Range;

/// Texts go through the layers together until they have this many tokens, so that a panel of
/// weights serves many rows while the rows still fit into the second-level cache.
const GROUP_TOKENS: usize = 256;

/// Memory that an encode works in. It grows to what the largest call needed and is kept.
#[derive(Default)]
pub struct Workspace {
    hidden: Activations,
    layer: LayerScratch,
    /// Row ranges of the texts in the current group.
    texts: Vec<Range<usize>>,
    pooled: Vec<f32>,
}

/// Texts as word pieces, end to end.
#[derive(Default)]
pub struct Batch {
    pub ids: Vec<u32>,
    /// Where each text ends in `ids`.
    pub ends: Vec<usize>,
}

impl Batch {
    pub fn clear(&mut self) {
        self.ids.clear();
        self.ends.clear();
    }

    /// Closes the text whose word pieces were appended to `ids`.
    pub fn end_text(&mut self) {
        self.ends.push(self.ids.len());
    }

    fn text(&self, index: usize) -> &[u32] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.ids[start..self.ends[index]]
    }
}

impl Model {
    /// Appends one vector of `hidden` elements per text to `out`.
    ///
    /// A text's vector is the same, bit for bit, in any batch: linear maps treat rows one by one,
    /// attention and pooling stay within a text, and no scale is shared between rows.
    ///
    /// Ids must lie in the vocabulary and texts have at least one token and at most `positions`.
    pub fn encode(
        &self,
        batch: &Batch,
        pooling: Pooling,
        unit_length: bool,
        workspace: &mut Workspace,
        out: &mut Vec<f32>,
    ) {
        let mut first = 0;
        while first < batch.ends.len() {
            let count = group_size(batch, first);
            self.encode_group(batch, first..first + count, pooling, unit_length, workspace, out);
            first += count;
        }
    }

    fn encode_group(
        &self,
        batch: &Batch,
        group: Range<usize>,
        pooling: Pooling,
        unit_length: bool,
        workspace: &mut Workspace,
        out: &mut Vec<f32>,
    ) {
        let Workspace { hidden, layer, texts, pooled } = workspace;
        texts.clear();
        let mut rows = 0;
        for index in group.clone() {
            let length = batch.text(index).len();
            texts.push(rows..rows + length);
            rows += length;
        }
        hidden.resize(rows, self.config.hidden, self.precision);
        for (index, text) in group.zip(texts.iter()) {
            self.embeddings.forward(batch.text(index), self.precision, hidden, text.start);
        }
        for each in &self.layers {
            each.forward(hidden, texts, self.precision, layer);
        }
        let stride = hidden.stride;
        pooled.resize(stride, 0.0);
        for text in texts.iter() {
            pooling.pool(&hidden.values[text.start * stride..text.end * stride], pooled);
            if unit_length {
                normalize(pooled);
            }
            out.extend_from_slice(&pooled[..self.config.hidden]);
        }
    }
}

/// How many texts from `first` on go together: as many as fit, and at least one.
fn group_size(batch: &Batch, first: usize) -> usize {
    let mut tokens = 0;
    let fitting = (first..batch.ends.len()).take_while(|&index| {
        tokens += batch.text(index).len();
        tokens <= GROUP_TOKENS
    });
    fitting.count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn groups_hold_what_fits_and_never_nothing() {
        let mut batch = Batch::default();
        for length in [100, 100, 56, 1, 300, 300, 256] {
            batch.ids.resize(batch.ids.len() + length, 0);
            batch.end_text();
        }
        let mut sizes = Vec::new();
        let mut first = 0;
        while first < batch.ends.len() {
            sizes.push(group_size(&batch, first));
            first += sizes.last().unwrap();
        }
        assert_eq!(sizes, [3, 1, 1, 1, 1]);
    }
}
