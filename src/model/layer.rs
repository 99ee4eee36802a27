//! One encoder layer: self-attention, then a feed-forward block, each with a residual and a layer
//! norm behind it (BERT's post-layer-norm).

use super::config::Config;
use super::linear::Linear;
use super::norm::Norm;
use super::precision::Precision;
use super::rows::Activations;
use crate::kernels::activation::Activation;
use crate::kernels::attention::Head;
use crate::kernels::buffer::Buffer;
use crate::kernels::matmul_int8::PanelScratch;
use crate::kernels::quantize::max_abs;
use crate::kernels::{attention_f32, attention_int16};
use crate::kernels::{padded, spread};
use crate::Error;
use std::ops::Range;

/// Rows that pass through the feed-forward block together: few enough that the block's
/// intermediate rows stay in the second-level cache.
const FEED_FORWARD_ROWS: usize = 64;

pub struct Layer {
    /// Queries, keys and values in one map; each head's outputs are padded to whole panels.
    pub qkv: Linear,
    pub output: Linear,
    pub attention_norm: Norm,
    /// The feed-forward block's first map and its second.
    pub up: Linear,
    pub down: Linear,
    pub output_norm: Norm,
    activation: Activation,
    heads: usize,
    head_size: usize,
}

/// Memory that layers work in; it is shared by all of them.
#[derive(Default)]
pub struct LayerScratch {
    pub(super) panel: PanelScratch,
    qkv: Buffer<f32>,
    attention_f32: attention_f32::AttentionScratch,
    attention_int16: attention_int16::AttentionScratch,
    context: Activations,
    intermediate: Activations,
    sum: Buffer<f32>,
}

impl Layer {
    pub fn zeroed(config: &Config, precision: Precision, index: usize) -> Result<Self, Error> {
        let (hidden, intermediate) = (config.hidden, config.intermediate);
        let name = format!("layer {index}");
        let linear = |outputs, inputs| Linear::zeroed(outputs, inputs, precision, &name);
        Ok(Layer {
            qkv: linear(3 * config.heads_width(), hidden)?,
            output: linear(hidden, hidden)?,
            attention_norm: Norm::zeroed(config, &name)?,
            up: linear(intermediate, hidden)?,
            down: linear(hidden, intermediate)?,
            output_norm: Norm::zeroed(config, &name)?,
            activation: config.activation,
            heads: config.heads,
            head_size: config.head_size(),
        })
    }

    /// Replaces the hidden states in `hidden`. `texts` are the row ranges of each text and cover
    /// all rows from 0 on; for int8, rows are quantised on entry and on return.
    pub fn forward(
        &self,
        hidden: &mut Activations,
        texts: &[Range<usize>],
        precision: Precision,
        scratch: &mut LayerScratch,
    ) {
        let rows = texts.last().map_or(0, |text| text.end);
        scratch.sum.grow(rows * hidden.stride);
        self.attention(hidden, texts, precision, scratch);
        add_and_normalize(&self.attention_norm, hidden, &scratch.sum, rows, precision);
        self.feed_forward(hidden, rows, precision, scratch);
        add_and_normalize(&self.output_norm, hidden, &scratch.sum, rows, precision);
    }

    /// Self-attention of each text, through its output map, into `scratch.sum`.
    fn attention(
        &self,
        hidden: &Activations,
        texts: &[Range<usize>],
        precision: Precision,
        scratch: &mut LayerScratch,
    ) {
        let rows = texts.last().map_or(0, |text| text.end);
        let head_width = padded(self.head_size);
        let width = self.heads * head_width;
        let stride = spread(3 * width);
        scratch.qkv.grow(rows * stride);
        scratch.context.resize(rows, self.heads * self.head_size, precision);
        self.qkv.forward(hidden, 0..rows, &mut scratch.qkv, stride, &mut scratch.panel);
        let context_stride = scratch.context.stride;
        for text in texts {
            for head in 0..self.heads {
                let place = Head {
                    qkv: &scratch.qkv[text.start * stride..text.end * stride],
                    stride,
                    offsets: [0, width, 2 * width].map(|start| start + head * head_width),
                    length: text.len(),
                    size: self.head_size,
                };
                let at = text.start * context_stride + head * self.head_size;
                let out = &mut scratch.context.values[at..];
                match precision {
                    Precision::Int8 => attention_int16::attend(
                        &place,
                        &mut scratch.attention_int16,
                        out,
                        context_stride,
                    ),
                    Precision::F32 => attention_f32::attend(
                        &place,
                        &mut scratch.attention_f32,
                        out,
                        context_stride,
                    ),
                }
            }
        }
        if precision == Precision::Int8 {
            for row in 0..rows {
                let max = max_abs(scratch.context.row(row));
                scratch.context.quantize(row, max);
            }
        }
        let LayerScratch { context, sum, panel, .. } = scratch;
        self.output.forward(context, 0..rows, sum, hidden.stride, panel);
    }

    /// The feed-forward block of all rows, into `scratch.sum`.
    fn feed_forward(
        &self,
        hidden: &Activations,
        rows: usize,
        precision: Precision,
        scratch: &mut LayerScratch,
    ) {
        let width = self.up.bias.len();
        let block = FEED_FORWARD_ROWS.min(rows);
        scratch.intermediate.resize(block, width, precision);
        let LayerScratch { intermediate, sum, panel, .. } = scratch;
        for first in (0..rows).step_by(FEED_FORWARD_ROWS) {
            let count = block.min(rows - first);
            let input = first..first + count;
            self.up.forward(hidden, input, &mut intermediate.values, width, panel);
            for row in 0..count {
                let max = self.activation.apply(intermediate.row_mut(row));
                if precision == Precision::Int8 {
                    intermediate.quantize(row, max);
                }
            }
            let out = &mut sum[first * hidden.stride..];
            self.down.forward(intermediate, 0..count, out, hidden.stride, panel);
        }
    }
}

/// `hidden = norm(hidden + sum)`, and its int16 form.
fn add_and_normalize(
    norm: &Norm,
    hidden: &mut Activations,
    sum: &[f32],
    rows: usize,
    precision: Precision,
) {
    let stride = hidden.stride;
    let kernel = norm.kernel();
    for row in 0..rows {
        let max = kernel.add_and_normalize(hidden.row_mut(row), &sum[row * stride..][..stride]);
        if precision == Precision::Int8 {
            hidden.quantize(row, max);
        }
    }
}
