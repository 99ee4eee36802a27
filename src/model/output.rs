//! From the hidden states of a text to its vector or its scores: what a pipeline describes, done.

use super::arithmetic::{Arithmetic, Float32};
use super::linear::Linear;
use super::pipeline::{Pipeline, Step};
use super::rows::Rows;
use crate::Error;
use crate::kernels::normalize::normalize;

/// The weights of a pipeline and the memory that it works in.
pub struct Output {
    /// The maps among the pipeline's steps, in their order.
    maps: Vec<Linear<Float32>>,
    pooled: Vec<f32>,
    /// One row: what comes in to a step, and what comes out.
    vector: Rows<Float32>,
    mapped: Rows<Float32>,
    scratch: <Float32 as Arithmetic>::Scratch,
}

impl Output {
    /// Maps of zeros.
    pub fn zeroed(pipeline: &Pipeline) -> Result<Self, Error> {
        let maps = pipeline.maps().map(|map| Linear::zeroed(map.outputs, map.inputs, &map.name));
        Ok(Output {
            maps: maps.collect::<Result<_, _>>()?,
            pooled: Vec::new(),
            vector: Rows::default(),
            mapped: Rows::default(),
            scratch: Default::default(),
        })
    }

    /// The map of this number.
    pub fn map(&mut self, index: usize) -> &mut Linear<Float32> {
        &mut self.maps[index]
    }

    /// Takes the hidden states of one text, rows of `width` that are `stride` apart, through pooling and
    /// the steps after it. The first `skipped` tokens are a prompt that pooling passes over.
    ///
    /// Returns the pipeline's numbers, brought to length 1 for `unit_length`.
    pub fn run(
        &mut self,
        pipeline: &Pipeline,
        rows: &[f32],
        width: usize,
        stride: usize,
        skipped: usize,
        unit_length: bool,
    ) -> &[f32] {
        let Output { maps, pooled, vector, mapped, scratch } = self;
        // At least [SEP] counts, even where a prompt fills all the room there is.
        let skipped = skipped.min(rows.len() / stride - 1);
        let mut numbers = width * pipeline.pooling.len();
        vector.resize(1, numbers);
        vector.row_mut(0).fill(0.0);
        pooled.resize(stride, 0.0);
        for (place, pooling) in pipeline.pooling.iter().enumerate() {
            pooling.pool(rows, skipped, pooled);
            vector.row_mut(0)[place * width..][..width].copy_from_slice(&pooled[..width]);
        }
        let mut maps = maps.iter();
        for step in &pipeline.steps {
            match step {
                Step::Map(dense) => {
                    let map = maps.next().expect("each map of the pipeline has weights");
                    mapped.resize(1, dense.outputs);
                    let stride = mapped.stride;
                    map.forward(vector, 0..1, &mut mapped.values, stride, scratch);
                    dense.function.apply(mapped.row_mut(0), dense.outputs);
                    std::mem::swap(vector, mapped);
                    numbers = dense.outputs;
                }
                Step::Normalize => normalize(vector.row_mut(0)),
            }
        }
        if unit_length {
            normalize(vector.row_mut(0));
        }
        &vector.row(0)[..numbers]
    }
}
