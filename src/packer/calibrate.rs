//! What a model's vectors feel of errors in its weights, measured on texts.
//!
//! For each text a random direction is drawn at its vector and followed back through the encoder,
//! to the gradient `G = Σ g xᵀ` of each map's weights, where g is the gradient at the map's outputs
//! and x its inputs, for each piece of the text. With `A = Σ G Gᵀ` and `B = Σ Gᵀ G` over all texts,
//! an error E of the weights changes vectors, squared and summed over texts, by about `tr(A E B Eᵀ)
//! / tr(A)`. G itself is never made: `G Gᵀ = Σ g (xᵀ x') g'ᵀ`.
//!
//! An error e of a row of the tables adds to the sum of embeddings wherever a text has that row. With
//! `C = Σ g gᵀ` over all pieces, where g is the gradient at that sum, it changes vectors by about `eᵀ C e`,
//! over the number of pieces, for each of them that has it.

use crate::equalization::{Channels, INPUTS};
use crate::forward::{Maps, Trace, embed, forward, heads_of, ranges};
use crate::matmul::{add_product, add_scaled, add_upper, product, transposed};
use crate::model::*;
use crate::pieces::{activate, normalise, normalise_back};

/// Of one map, sums over all texts: symmetric matrices, of which what lies below the blocks on the
/// diagonal is left out.
#[derive(Default, Clone)]
pub struct Feeling {
    /// A, over outputs.
    pub outputs: Vec<f32>,
    /// B, over inputs.
    pub inputs: Vec<f32>,
}

/// Of the whole model.
pub struct Statistics {
    pub maps: Vec<[Feeling; MAPS]>,
    /// Of each layer, what its maps take.
    pub channels: Vec<[Channels; INPUTS.len()]>,
    /// C, without what lies below the blocks on the diagonal.
    pub embeddings: Vec<f32>,
    pub texts: usize,
    pub pieces: usize,
    random: Random,
}

/// The model with its weights turned for the way ahead.
pub struct Runner {
    turned: Vec<[Vec<f32>; MAPS]>,
}

impl Runner {
    pub fn new(model: &Model) -> Self {
        let turned = model.layers.iter().map(|layer| {
            std::array::from_fn(|map| transposed(&layer.maps[map].weight, model.inputs(map)))
        });
        Runner { turned: turned.collect() }
    }

    /// One layer, from its input.
    pub fn layer(&self, model: &Model, index: usize, input: Vec<f32>, lengths: &[usize]) -> Trace {
        let layer = &model.layers[index];
        let maps = FloatMaps { model, layer, turned: &self.turned[index] };
        forward(&model.shape, &layer.norms, &maps, input, lengths)
    }

    /// The vectors of texts, of length 1.
    pub fn vectors(&self, model: &Model, texts: &[&[u32]]) -> Vec<f32> {
        let lengths = lengths_of(texts);
        let embedded = embed(model, texts);
        let mut rows = normalise(&embedded, &model.norm, model.shape.epsilon).out;
        for index in 0..model.layers.len() {
            rows = self.layer(model, index, rows, &lengths).out.out;
        }
        let pooled = pool(model, &rows, &lengths);
        pooled
            .chunks_exact(model.shape.hidden)
            .flat_map(|row| scaled(row, 1.0 / length(row)))
            .collect()
    }
}

/// A layer's maps in float32.
struct FloatMaps<'a> {
    model: &'a Model,
    layer: &'a Layer,
    turned: &'a [Vec<f32>; MAPS],
}

impl Maps for FloatMaps<'_> {
    fn multiply(&self, map: usize, input: &[f32]) -> Vec<f32> {
        product(input, &self.turned[map], self.model.inputs(map), &self.layer.maps[map].bias)
    }

    fn activate(&self, up: &[f32]) -> Vec<f32> {
        up.iter().map(|&x| activate(self.model.shape.activation, x).0).collect()
    }
}

impl Statistics {
    pub fn new(model: &Model) -> Self {
        let feeling = |map: usize| Feeling {
            outputs: vec![0.0; model.outputs(map) * model.outputs(map)],
            inputs: vec![0.0; model.inputs(map) * model.inputs(map)],
        };
        let channels = |which: usize| Channels::new(model.inputs(INPUTS[which][0]));
        Statistics {
            maps: model.layers.iter().map(|_| std::array::from_fn(feeling)).collect(),
            channels: model.layers.iter().map(|_| std::array::from_fn(channels)).collect(),
            embeddings: vec![0.0; model.shape.hidden * model.shape.hidden],
            texts: 0,
            pieces: 0,
            random: Random(1),
        }
    }

    /// Adds what a few texts show; each has at least one piece.
    pub fn add(&mut self, model: &Model, runner: &Runner, texts: &[&[u32]]) {
        let Shape { hidden, epsilon, activation, heads, .. } = model.shape;
        let lengths = lengths_of(texts);
        let embedded = normalise(&embed(model, texts), &model.norm, epsilon);
        let mut traces: Vec<Trace> = Vec::new();
        for index in 0..model.layers.len() {
            let input = traces.last().map_or(&embedded.out, |trace| &trace.out.out).clone();
            traces.push(runner.layer(model, index, input, &lengths));
        }
        let last = traces.last().map_or(&embedded.out, |trace| &trace.out.out);
        let mut gradient = self.start(model, last, &lengths);
        for (index, trace) in traces.iter().enumerate().rev() {
            let layer = &model.layers[index];
            let back = |map: usize, gradient: &[f32], sum: &mut [f32]| {
                let (outputs, inputs) = (model.outputs(map), model.inputs(map));
                add_product(gradient, &layer.maps[map].weight, outputs, inputs, sum);
            };
            let (feelings, channels) = (&mut self.maps[index], &mut self.channels[index]);
            for (channels, input) in channels.iter_mut().zip(trace.inputs()) {
                channels.add(input);
            }
            let mut feel = |map: usize, input: &[f32], gradient: &[f32]| {
                let (outputs, inputs) = (model.outputs(map), model.inputs(map));
                feelings[map].add(gradient, outputs, input, inputs, &lengths);
            };

            let out = normalise_back(&gradient, &layer.norms[1], &trace.out);
            feel(DOWN, &trace.active, &out);
            let mut up = vec![0.0; trace.up.len()];
            back(DOWN, &out, &mut up);
            up.iter_mut().zip(&trace.up).for_each(|(g, &x)| *g *= activate(activation, x).1);
            feel(UP, &trace.attended.out, &up);
            let mut attended = out;
            back(UP, &up, &mut attended);

            let attended = normalise_back(&attended, &layer.norms[0], &trace.attended);
            feel(ATTENTION_OUTPUT, &trace.context, &attended);
            let mut context = vec![0.0; trace.context.len()];
            back(ATTENTION_OUTPUT, &attended, &mut context);
            let mut parts = [0; 3].map(|_| Vec::with_capacity(context.len()));
            for (range, weights) in ranges(&lengths, hidden).zip(&trace.weights) {
                let own = heads_of(&trace.parts, range.clone(), hidden, heads);
                for (part, rows) in parts.iter_mut().zip(own.attend_back(&context[range], weights))
                {
                    part.extend(rows);
                }
            }
            gradient = attended;
            for (map, part) in [QUERY, KEY, VALUE].into_iter().zip(&parts) {
                feel(map, &trace.input, part);
                back(map, part, &mut gradient);
            }
        }
        let gradient = normalise_back(&gradient, &model.norm, &embedded);
        add_upper(&mut self.embeddings, &gradient, &gradient, hidden);
        self.texts += texts.len();
        self.pieces += gradient.len() / hidden;
    }

    /// The gradient, at the last layer's rows, of each text's vector in a random direction.
    fn start(&mut self, model: &Model, rows: &[f32], lengths: &[usize]) -> Vec<f32> {
        let hidden = model.shape.hidden;
        let pooled = pool(model, rows, lengths);
        let mut gradient = vec![0.0; rows.len()];
        for (range, vector) in ranges(lengths, hidden).zip(pooled.chunks_exact(hidden)) {
            let size = length(vector);
            let unit = scaled(vector, 1.0 / size);
            let direction: Vec<f32> = (0..hidden).map(|_| self.random.normal()).collect();
            let along: f32 = direction.iter().zip(&unit).map(|(a, b)| a * b).sum();
            let across: Vec<f32> =
                direction.iter().zip(&unit).map(|(d, u)| (d - along * u) / size).collect();
            let pieces = if model.shape.first_piece { 1 } else { range.len() / hidden };
            for row in gradient[range].chunks_exact_mut(hidden).take(pieces) {
                row.copy_from_slice(&scaled(&across, 1.0 / pieces as f32));
            }
        }
        gradient
    }
}

impl Feeling {
    fn add(
        &mut self,
        gradient: &[f32],
        outputs: usize,
        input: &[f32],
        inputs: usize,
        lengths: &[usize],
    ) {
        add_square(&mut self.outputs, gradient, outputs, input, inputs, lengths);
        add_square(&mut self.inputs, input, inputs, gradient, outputs, lengths);
    }
}

/// Adds `Σ r (oᵀ o') r'ᵀ` to `sum`, over the pairs of pieces of each text, with their rows r of
/// `own` and o of `other`.
fn add_square(
    sum: &mut [f32],
    own: &[f32],
    width: usize,
    other: &[f32],
    other_width: usize,
    lengths: &[usize],
) {
    let mut mixed = vec![0.0; own.len()];
    for (range, others) in ranges(lengths, width).zip(ranges(lengths, other_width)) {
        let (own, other) = (&own[range.clone()], &other[others]);
        let pieces = own.len() / width;
        let mut products = vec![0.0; pieces * pieces];
        add_product(other, &transposed(other, other_width), other_width, pieces, &mut products);
        add_product(&products, own, pieces, width, &mut mixed[range]);
    }
    add_upper(sum, own, &mixed, width);
}

fn lengths_of(texts: &[&[u32]]) -> Vec<usize> {
    texts.iter().map(|text| text.len()).collect()
}

fn pool(model: &Model, rows: &[f32], lengths: &[usize]) -> Vec<f32> {
    let hidden = model.shape.hidden;
    ranges(lengths, hidden)
        .flat_map(|range| {
            let pieces = if model.shape.first_piece { 1 } else { range.len() / hidden };
            let mut sum = vec![0.0; hidden];
            for row in rows[range].chunks_exact(hidden).take(pieces) {
                add_scaled(&mut sum, 1.0, row);
            }
            scaled(&sum, 1.0 / pieces as f32)
        })
        .collect()
}

fn scaled(row: &[f32], factor: f32) -> Vec<f32> {
    row.iter().map(|x| x * factor).collect()
}

fn length(row: &[f32]) -> f32 {
    row.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE)
}

/// Seeded numbers (SplitMix64).
struct Random(u64);

impl Random {
    /// In (0, 1).
    fn uniform(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z >> 40) as f32 + 0.5) / (1 << 24) as f32
    }

    /// Normal enough for a direction: twelve uniform numbers, added.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.uniform()).sum::<f32>() - 6.0
    }
}
