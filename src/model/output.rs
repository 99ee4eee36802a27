//! From the hidden states of a text to its vector or its scores: what a pipeline describes, done.

use super::arithmetic::{Arithmetic, Float32};
use super::backend::Hidden;
use super::linear::Linear;
use super::pipeline::{Pipeline, Step};
use super::rows::Rows;
use crate::Error;
use crate::kernels::dot::Activations;
use crate::kernels::normalize::normalize;

/// The weights of a pipeline and the memory that it works in.
pub struct Output {
    /// The maps among the pipeline's steps, in their order.
    maps: Vec<Linear<Float32>>,
    pooled: Vec<f32>,
    /// One row: what comes in to a step, and what comes out.
    vector: Rows,
    mapped: Rows,
    scratch: <Float32 as Arithmetic>::Scratch,
}

/// What is done with hidden states, whichever they are.
pub struct Finish<'a> {
    /// The poolings and the steps behind them.
    pub pipeline: &'a Pipeline,
    /// The width of a row.
    pub width: usize,
    /// How many tokens of each text are a prompt that pooling passes over.
    pub skipped: usize,
    /// Whether numbers are brought to length 1.
    pub unit_length: bool,
}

impl Output {
    /// Maps of zeros.
    pub fn zeroed(pipeline: &Pipeline) -> Result<Self, Error> {
        let maps = pipeline
            .maps()
            .map(|map| Linear::zeroed(map.outputs, map.inputs, Activations::default(), &map.name));
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

    /// Appends the pipeline's numbers for each of some texts of these lengths, whose hidden states lie one
    /// after the other.
    pub fn finish(
        &mut self,
        finish: &Finish<'_>,
        hidden: Hidden<'_>,
        lengths: impl Iterator<Item = usize>,
        out: &mut Vec<f32>,
    ) {
        let mut rest = hidden.values;
        for length in lengths {
            let (rows, others) = rest.split_at(length * hidden.stride);
            rest = others;
            out.extend_from_slice(self.run(finish, rows, hidden.stride));
        }
    }

    /// Takes the hidden states of one text, rows that are `stride` apart, through pooling and the steps
    /// after it.
    fn run(&mut self, finish: &Finish<'_>, rows: &[f32], stride: usize) -> &[f32] {
        let &Finish { pipeline, width, skipped, unit_length } = finish;
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
