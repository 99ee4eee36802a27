//! One encoder layer: self-attention, then a feed-forward block, each with a residual, and a layer norm
//! behind it (BERT's) or in front of it (ModernBERT's).

use super::arithmetic::Arithmetic;
use super::config::Config;
use super::linear::Linear;
use super::norm::Norm;
use super::positions::Positions;
use super::rows::Rows;
use super::tensors::Map;
use crate::Error;
use crate::kernels::activation::Activation;
use crate::kernels::attention::AttentionHead;
use crate::kernels::buffer::Buffer;
use crate::kernels::dot::Activations;
use crate::kernels::elementwise::{add_scaled, multiply};
use crate::kernels::pack::TILE_ROWS;
use crate::kernels::{padded, spread};
use std::ops::Range;

/// Rows that pass through the feed-forward block together, at most: few enough that the block's
/// intermediate rows stay in the second-level cache.
const FEED_FORWARD_ROWS: usize = 64;

/// The rows that pass through the feed-forward block in each turn: evenly many, in whole tiles. Every
/// turn reads all of the block's weights, which a turn of one row would do for little: the two maps of
/// 65 rows take 7 % less time as 36 and 29 than as 64 and 1.
fn feed_forward_turns(rows: usize) -> impl Iterator<Item = Range<usize>> {
    let mut first = 0;
    (1..=rows.div_ceil(FEED_FORWARD_ROWS)).rev().map(move |turns| {
        let rest = rows - first;
        let count = rest.div_ceil(turns).next_multiple_of(TILE_ROWS).min(rest);
        first += count;
        first - count..first
    })
}

/// The weights of a layer.
pub struct Layer<A: Arithmetic> {
    /// Queries, keys and values in one map; each head's outputs are padded to whole panels.
    qkv: Linear<A>,
    output: Linear<A>,
    /// Behind self-attention, or in front of it.
    pub attention_norm: Norm,
    /// The feed-forward block's first map and its second.
    up: Linear<A>,
    down: Linear<A>,
    /// Behind the feed-forward block, or in front of it.
    pub output_norm: Norm,
    activation: Activation,
    heads: usize,
    head_size: usize,
    /// Numbers that go into the feed-forward block's second map.
    intermediate: usize,
    /// Whether they are products of the first map's two halves.
    gated: bool,
    order: Order,
    /// Whether attention looks at a window only.
    local: bool,
}

/// Where the layer norms are.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    /// Behind the residual.
    Behind,
    /// In front of the block.
    Before,
    /// In front of the feed-forward block; what comes in has been normalised.
    First,
}

/// Memory that layers work in; it is shared by all of them.
pub struct LayerScratch<A: Arithmetic> {
    arithmetic: A::Scratch,
    qkv: Buffer<f32>,
    context: Rows,
    /// Both halves of a gated block.
    halves: Buffer<f32>,
    intermediate: Rows,
    sum: Buffer<f32>,
    /// What goes into a block behind its norm.
    normal: Rows,
    zeros: Buffer<f32>,
}

impl<A: Arithmetic> Default for LayerScratch<A> {
    fn default() -> Self {
        LayerScratch {
            arithmetic: A::Scratch::default(),
            qkv: Buffer::default(),
            context: Rows::default(),
            halves: Buffer::default(),
            intermediate: Rows::default(),
            sum: Buffer::default(),
            normal: Rows::default(),
            zeros: Buffer::default(),
        }
    }
}

impl<A: Arithmetic> Layer<A> {
    /// A layer of zeros, whose maps take `activations`.
    pub fn zeroed(config: &Config, activations: Activations, index: usize) -> Result<Self, Error> {
        let (hidden, intermediate) = (config.hidden, config.intermediate);
        let name = format!("layer {index}");
        let linear = |outputs, inputs| Linear::zeroed(outputs, inputs, activations, &name);
        let gated = config.gated();
        Ok(Layer {
            qkv: linear(3 * config.heads_width(), hidden)?,
            output: linear(hidden, hidden)?,
            attention_norm: Norm::zeroed(config, &name)?,
            up: linear(if gated { 2 * padded(intermediate) } else { intermediate }, hidden)?,
            down: linear(hidden, intermediate)?,
            output_norm: Norm::zeroed(config, &name)?,
            activation: config.activation,
            heads: config.heads,
            head_size: config.head_size(),
            intermediate,
            gated,
            order: match (&config.rotary, index) {
                (None, _) => Order::Behind,
                (Some(_), 0) => Order::First,
                (Some(_), _) => Order::Before,
            },
            local: config.rotary.as_ref().is_some_and(|rotary| rotary.is_local(index)),
        })
    }

    /// The map that holds a map of the checkpoint.
    pub fn linear(&mut self, map: Map) -> &mut Linear<A> {
        match map {
            Map::Query | Map::Key | Map::Value | Map::QueryKeyValue => &mut self.qkv,
            Map::AttentionOutput => &mut self.output,
            Map::Up => &mut self.up,
            Map::Down => &mut self.down,
            Map::Dense => unreachable!("maps after pooling belong to no layer"),
        }
    }

    /// Replaces the hidden states in `hidden`. `texts` are the row ranges of each text and cover all rows
    /// from 0 on.
    pub fn forward(
        &self,
        hidden: &mut Rows,
        texts: &[Range<usize>],
        positions: &Positions,
        scratch: &mut LayerScratch<A>,
    ) {
        let rows = texts.last().map_or(0, |text| text.end);
        scratch.sum.grow(rows * hidden.stride);
        if self.order == Order::Behind {
            self.attention(hidden, texts, positions, scratch);
            add_and_normalize(&self.attention_norm, hidden, &scratch.sum, rows);
            self.feed_forward(hidden, rows, scratch);
            add_and_normalize(&self.output_norm, hidden, &scratch.sum, rows);
            return;
        }
        let mut normal = std::mem::take(&mut scratch.normal);
        scratch.zeros.grow(hidden.stride);
        if self.order == Order::First {
            self.attention(hidden, texts, positions, scratch);
        } else {
            normalized(&self.attention_norm, hidden, &scratch.zeros, rows, &mut normal);
            self.attention(&normal, texts, positions, scratch);
        }
        add_sum(hidden, &scratch.sum, rows);
        normalized(&self.output_norm, hidden, &scratch.zeros, rows, &mut normal);
        self.feed_forward(&normal, rows, scratch);
        add_sum(hidden, &scratch.sum, rows);
        scratch.normal = normal;
    }

    /// Self-attention of each text, through its output map, into `scratch.sum`.
    fn attention(
        &self,
        hidden: &Rows,
        texts: &[Range<usize>],
        positions: &Positions,
        scratch: &mut LayerScratch<A>,
    ) {
        let LayerScratch { arithmetic, qkv, context, sum, .. } = scratch;
        let rows = texts.last().map_or(0, |text| text.end);
        let head_width = padded(self.head_size);
        let width = self.heads * head_width;
        let stride = spread(3 * width);
        qkv.grow(rows * stride);
        context.resize(rows, self.heads * self.head_size);
        self.qkv.forward(hidden, 0..rows, qkv, stride, arithmetic);
        for text in texts {
            positions.rotate(self.local, &mut qkv[text.start * stride..text.end * stride], stride);
            for head in 0..self.heads {
                let bias = positions.relative.of(head, text.len(), self.local);
                let at = text.start * context.stride + head * self.head_size;
                let head = AttentionHead {
                    qkv: &qkv[text.start * stride..text.end * stride],
                    stride,
                    offsets: [0, width, 2 * width].map(|start| start + head * head_width),
                    length: text.len(),
                    size: self.head_size,
                    bias,
                };
                A::attend(&head, arithmetic, &mut context.values[at..], context.stride);
            }
        }
        self.output.forward(context, 0..rows, sum, hidden.stride, arithmetic);
    }

    /// The feed-forward block of all rows, into `scratch.sum`.
    fn feed_forward(&self, hidden: &Rows, rows: usize, scratch: &mut LayerScratch<A>) {
        let LayerScratch { arithmetic, halves, intermediate, sum, .. } = scratch;
        let width = self.up.width();
        let most = FEED_FORWARD_ROWS.min(rows);
        intermediate.resize(most, self.intermediate);
        if self.gated {
            halves.grow(most * width);
        }
        for input in feed_forward_turns(rows) {
            let (from, count) = (input.start, input.len());
            if self.gated {
                self.up.forward(hidden, input, halves, width, arithmetic);
                for row in 0..count {
                    let (first, second) = halves[row * width..][..width].split_at_mut(width / 2);
                    self.activation.apply(first);
                    let product = intermediate.row_mut(row);
                    product.copy_from_slice(first);
                    multiply(product, second);
                }
            } else {
                self.up.forward(hidden, input, &mut intermediate.values, width, arithmetic);
                for row in 0..count {
                    self.activation.apply(intermediate.row_mut(row));
                }
            }
            let out = &mut sum[from * hidden.stride..];
            self.down.forward(intermediate, 0..count, out, hidden.stride, arithmetic);
        }
    }
}

/// `normal = norm(hidden)`.
fn normalized(norm: &Norm, hidden: &Rows, zeros: &[f32], rows: usize, normal: &mut Rows) {
    normal.resize(rows, hidden.stride);
    for row in 0..rows {
        let to = normal.row_mut(row);
        to.copy_from_slice(hidden.row(row));
        norm.apply(to, &zeros[..hidden.stride]);
    }
}

/// `hidden = hidden + sum`.
fn add_sum(hidden: &mut Rows, sum: &[f32], rows: usize) {
    let len = rows * hidden.stride;
    add_scaled(&mut hidden.values[..len], &sum[..len], 1.0);
}

/// `hidden = norm(hidden + sum)`.
fn add_and_normalize(norm: &Norm, hidden: &mut Rows, sum: &[f32], rows: usize) {
    let stride = hidden.stride;
    let kernel = norm.kernel();
    for row in 0..rows {
        kernel.add_and_normalize(hidden.row_mut(row), &sum[row * stride..][..stride]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn the_feed_forward_block_takes_as_few_turns_as_it_can_and_evenly() {
        for rows in 0..=2000 {
            let turns: Vec<_> = feed_forward_turns(rows).collect();
            assert_eq!(turns.len(), rows.div_ceil(FEED_FORWARD_ROWS), "{rows}");
            let ends = turns.iter().map(|turn| turn.end);
            assert!(
                turns
                    .iter()
                    .map(|turn| turn.start)
                    .eq([0].into_iter().chain(ends).take(turns.len()))
            );
            assert_eq!(turns.last().map_or(0, |turn| turn.end), rows);
            let most = turns.iter().map(|turn| turn.len()).max().unwrap_or(0);
            assert!(most <= FEED_FORWARD_ROWS, "{rows}: {most}");
            assert!(
                turns.iter().all(|turn| turn.len() + 2 * TILE_ROWS > most),
                "{rows}: {turns:?}"
            );
            assert!(turns.iter().rev().skip(1).all(|turn| turn.len() % TILE_ROWS == 0), "{rows}");
        }
    }
}
