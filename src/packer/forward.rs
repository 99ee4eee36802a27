//! The way through the encoder.

use crate::matmul::add_scaled;
use crate::model::*;
use crate::pieces::{Heads, Normed, normalise};
use std::ops::Range;

/// The maps of one layer and its activation, in whatever arithmetic.
pub trait Maps {
    /// Rows through a map, bias included.
    fn multiply(&self, map: usize, input: &[f32]) -> Vec<f32>;

    /// The activation of each element.
    fn activate(&self, up: &[f32]) -> Vec<f32>;
}

/// What one layer has made of its input, step by step.
pub struct Trace {
    pub input: Vec<f32>,
    /// Queries, keys and values.
    pub parts: [Vec<f32>; 3],
    /// Of each text, the weights of its heads.
    pub weights: Vec<Vec<f32>>,
    pub context: Vec<f32>,
    pub attended: Normed,
    pub up: Vec<f32>,
    pub active: Vec<f32>,
    pub out: Normed,
}

impl Trace {
    /// What the maps took, in the order of [`crate::equalization::INPUTS`].
    pub fn inputs(&self) -> [&[f32]; 4] {
        [&self.input, &self.context, &self.attended.out, &self.active]
    }
}

/// The embeddings' sum, one row a piece.
pub fn embed(model: &Model, texts: &[&[u32]]) -> Vec<f32> {
    let Shape { hidden, first_position, .. } = model.shape;
    let positions = model.positions.len() / hidden;
    let mut out = Vec::new();
    for text in texts {
        for (index, &id) in text.iter().enumerate() {
            let position = (first_position + index).min(positions - 1);
            let word = &model.words[id as usize * hidden..][..hidden];
            let position = &model.positions[position * hidden..][..hidden];
            let start = out.len();
            out.extend(word.iter().zip(position).map(|(a, b)| a + b));
            if let Some(kind) = model.types.get(..hidden) {
                out[start..].iter_mut().zip(kind).for_each(|(sum, x)| *sum += x);
            }
        }
    }
    out
}

/// One layer; `lengths` are the pieces of each text.
pub fn forward(
    shape: &Shape,
    norms: &[Norm; 2],
    maps: &impl Maps,
    input: Vec<f32>,
    lengths: &[usize],
) -> Trace {
    let Shape { hidden, heads, epsilon, .. } = *shape;
    let parts = [QUERY, KEY, VALUE].map(|which| maps.multiply(which, &input));
    let (mut context, mut weights) = (Vec::with_capacity(input.len()), Vec::new());
    for range in ranges(lengths, hidden) {
        let (rows, head_weights) = heads_of(&parts, range, hidden, heads).attend();
        context.extend(rows);
        weights.push(head_weights);
    }
    let mut sum = maps.multiply(ATTENTION_OUTPUT, &context);
    add_scaled(&mut sum, 1.0, &input);
    let attended = normalise(&sum, &norms[0], epsilon);
    let up = maps.multiply(UP, &attended.out);
    let active = maps.activate(&up);
    let mut sum = maps.multiply(DOWN, &active);
    add_scaled(&mut sum, 1.0, &attended.out);
    let out = normalise(&sum, &norms[1], epsilon);
    Trace { input, parts, weights, context, attended, up, active, out }
}

/// Where each text's rows lie.
pub fn ranges(lengths: &[usize], width: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    lengths.iter().scan(0, move |start, length| {
        let range = *start..*start + length * width;
        *start = range.end;
        Some(range)
    })
}

/// The heads of one text, whose rows lie in `range`.
pub fn heads_of(
    parts: &[Vec<f32>; 3],
    range: Range<usize>,
    hidden: usize,
    heads: usize,
) -> Heads<'_> {
    let [query, key, value] = parts;
    Heads {
        query: &query[range.clone()],
        key: &key[range.clone()],
        value: &value[range],
        hidden,
        heads,
    }
}
