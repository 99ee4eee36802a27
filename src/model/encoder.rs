//! Runs texts through a model.

use super::layer::LayerScratch;
use super::pipeline::Step;
use super::precision::Precision;
use super::rows::Activations;
use super::Model;
use crate::kernels::normalize::normalize;
use std::ops::Range;

/// Texts go through the layers together until they have this many tokens, so that a panel of
/// weights serves many rows while the rows still fit into the second-level cache.
pub const GROUP_TOKENS: usize = 256;

/// Memory that an encode works in. It grows to what the largest call needed and is kept.
#[derive(Default)]
pub struct Workspace {
    hidden: Activations,
    layer: LayerScratch,
    /// Row ranges of the texts in the current group.
    texts: Vec<Range<usize>>,
    pooled: Vec<f32>,
    /// One row: what comes in to a step behind pooling, and what comes out.
    vector: Activations,
    mapped: Activations,
}

/// Texts as word pieces, end to end.
#[derive(Default)]
pub struct Batch {
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

    fn text(&self, index: usize) -> Range<usize> {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        start..self.ends[index]
    }
}

impl Model {
    /// Appends one vector per text, or its scores, to `out`: as many numbers as the pipeline's
    /// width. `unit_length` brings each to length 1.
    ///
    /// A text's vector is the same, bit for bit, in any batch: linear maps treat rows one by one,
    /// attention and pooling stay within a text, and no scale is shared between rows.
    ///
    /// Ids must lie in the vocabulary and texts have at least one token, and no more than there are
    /// positions.
    pub fn encode(
        &self,
        batch: &Batch,
        unit_length: bool,
        workspace: &mut Workspace,
        out: &mut Vec<f32>,
    ) {
        let mut first = 0;
        while first < batch.ends.len() {
            let count = group_size(batch, first);
            self.encode_group(batch, first..first + count, unit_length, workspace, out);
            first += count;
        }
    }

    fn encode_group(
        &self,
        batch: &Batch,
        group: Range<usize>,
        unit_length: bool,
        workspace: &mut Workspace,
        out: &mut Vec<f32>,
    ) {
        let Workspace { hidden, layer, texts, .. } = workspace;
        texts.clear();
        let mut rows = 0;
        for index in group.clone() {
            let length = batch.text(index).len();
            texts.push(rows..rows + length);
            rows += length;
        }
        hidden.resize(rows, self.config.hidden, self.precision);
        for (index, text) in group.zip(texts.iter()) {
            let place = batch.text(index);
            let types = batch.types.get(place.clone()).unwrap_or_default();
            let ids = &batch.ids[place];
            self.embeddings.forward(ids, types, self.precision, hidden, text.start);
        }
        for each in &self.layers {
            each.forward(hidden, texts, self.precision, layer);
        }
        for index in 0..texts.len() {
            self.finish(index, batch.skipped, workspace);
            let vector = workspace.vector.row_mut(0);
            if unit_length {
                normalize(vector);
            }
            out.extend_from_slice(&vector[..self.pipeline.width(&self.config)]);
        }
    }

    /// Takes the hidden states of text `index` through pooling and the steps behind it, into
    /// `workspace.vector`.
    fn finish(&self, index: usize, skipped: usize, workspace: &mut Workspace) {
        let Workspace { hidden, layer, texts, pooled, vector, mapped } = workspace;
        let (width, stride) = (self.config.hidden, hidden.stride);
        let text = texts[index].clone();
        // At least [SEP] counts, even where a prompt fills all the room there is.
        let skipped = skipped.min(text.len() - 1);
        let rows = &hidden.values[text.start * stride..text.end * stride];
        vector.resize(1, width * self.pipeline.pooling.len(), Precision::F32);
        vector.row_mut(0).fill(0.0);
        pooled.resize(stride, 0.0);
        for (place, pooling) in self.pipeline.pooling.iter().enumerate() {
            pooling.pool(rows, skipped, pooled);
            vector.row_mut(0)[place * width..][..width].copy_from_slice(&pooled[..width]);
        }
        let mut maps = self.heads.iter();
        for step in &self.pipeline.steps {
            match step {
                Step::Map(head) => {
                    let map = maps.next().expect("each map of the pipeline has weights");
                    mapped.resize(1, head.outputs, Precision::F32);
                    let stride = mapped.stride;
                    map.forward(vector, 0..1, &mut mapped.values, stride, &mut layer.panel);
                    head.function.apply(mapped.row_mut(0), head.outputs);
                    std::mem::swap(vector, mapped);
                }
                Step::Normalize => normalize(vector.row_mut(0)),
            }
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
