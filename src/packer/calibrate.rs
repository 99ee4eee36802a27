//! What a model's vectors feel of errors in its weights, measured on texts.
//!
//! For each text a random direction is drawn at its vector and followed back through the encoder,
//! to the gradient `G = Σ g xᵀ` of each map's weights, where g is the gradient at the map's outputs
//! and x its inputs, for each piece of the text. With `A = Σ G Gᵀ` and `B = Σ Gᵀ G` over all texts,
//! an error E of the weights changes vectors, squared and summed over texts, by about `tr(A E B Eᵀ)
//! / tr(A)`. G itself is never made: `G Gᵀ = Σ g (xᵀ x') g'ᵀ`.

use crate::equalization::{Channels, INPUTS};
use crate::matmul::{add_product, add_scaled, product, transposed};
use crate::model::*;
use crate::pieces::{Heads, Normed, activate, normalise, normalise_back};

/// Columns of a symmetric matrix that are summed together.
const COLUMNS: usize = 96;

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
    /// The mean of squared gradients at the embeddings' sum, an element and a piece, summed over
    /// pieces.
    pub embeddings: f64,
    pub texts: usize,
    pub pieces: usize,
    random: Random,
}

/// The model with its weights turned for the way ahead.
pub struct Runner {
    turned: Vec<[Vec<f32>; MAPS]>,
}

/// What one layer keeps for the way back.
struct Trace {
    input: Vec<f32>,
    parts: [Vec<f32>; 3],
    /// Of each text, the weights of its heads.
    weights: Vec<Vec<f32>>,
    context: Vec<f32>,
    attended: Normed,
    up: Vec<f32>,
    active: Vec<f32>,
    out: Normed,
}

impl Runner {
    pub fn new(model: &Model) -> Self {
        let turned = model.layers.iter().map(|layer| {
            std::array::from_fn(|map| transposed(&layer.maps[map].weight, model.inputs(map)))
        });
        Runner { turned: turned.collect() }
    }

    /// The embeddings' sum, one row a piece.
    fn embed(model: &Model, texts: &[&[u32]]) -> Vec<f32> {
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

    fn layer(&self, model: &Model, index: usize, input: Vec<f32>, texts: &[&[u32]]) -> Trace {
        let Shape { hidden, heads, intermediate, epsilon, activation, .. } = model.shape;
        let (layer, turned) = (&model.layers[index], &self.turned[index]);
        let map = |which: usize, input: &[f32]| {
            product(input, &turned[which], model.inputs(which), &layer.maps[which].bias)
        };
        let parts = [QUERY, KEY, VALUE].map(|which| map(which, &input));
        let (mut context, mut weights) = (Vec::with_capacity(input.len()), Vec::new());
        for range in ranges(texts, hidden) {
            let (rows, head_weights) = heads_of(&parts, range, hidden, heads).attend();
            context.extend(rows);
            weights.push(head_weights);
        }
        let mut sum = map(ATTENTION_OUTPUT, &context);
        add_scaled(&mut sum, 1.0, &input);
        let attended = normalise(&sum, &layer.norms[0], epsilon);
        let up = map(UP, &attended.out);
        let active: Vec<f32> = up.iter().map(|&x| activate(activation, x).0).collect();
        debug_assert_eq!(active.len() % intermediate, 0);
        let mut sum = map(DOWN, &active);
        add_scaled(&mut sum, 1.0, &attended.out);
        let out = normalise(&sum, &layer.norms[1], epsilon);
        Trace { input, parts, weights, context, attended, up, active, out }
    }

    /// The vectors of texts, of length 1.
    pub fn vectors(&self, model: &Model, texts: &[&[u32]]) -> Vec<f32> {
        let embedded = Self::embed(model, texts);
        let mut rows = normalise(&embedded, &model.norm, model.shape.epsilon).out;
        for index in 0..model.layers.len() {
            rows = self.layer(model, index, rows, texts).out.out;
        }
        let pooled = pool(model, &rows, texts);
        pooled
            .chunks_exact(model.shape.hidden)
            .flat_map(|row| scaled(row, 1.0 / length(row)))
            .collect()
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
            embeddings: 0.0,
            texts: 0,
            pieces: 0,
            random: Random(1),
        }
    }

    /// Adds what a few texts show; each has at least one piece.
    pub fn add(&mut self, model: &Model, runner: &Runner, texts: &[&[u32]]) {
        let Shape { hidden, epsilon, activation, heads, .. } = model.shape;
        let embedded = normalise(&Runner::embed(model, texts), &model.norm, epsilon);
        let mut traces: Vec<Trace> = Vec::new();
        for index in 0..model.layers.len() {
            let input = traces.last().map_or(&embedded.out, |trace| &trace.out.out).clone();
            traces.push(runner.layer(model, index, input, texts));
        }
        let last = traces.last().map_or(&embedded.out, |trace| &trace.out.out);
        let mut gradient = self.start(model, last, texts);
        for (index, trace) in traces.iter().enumerate().rev() {
            let layer = &model.layers[index];
            let back = |map: usize, gradient: &[f32], sum: &mut [f32]| {
                let (outputs, inputs) = (model.outputs(map), model.inputs(map));
                add_product(gradient, &layer.maps[map].weight, outputs, inputs, sum);
            };
            let (feelings, channels) = (&mut self.maps[index], &mut self.channels[index]);
            for (which, input) in [&trace.input, &trace.context, &trace.attended.out, &trace.active]
                .into_iter()
                .enumerate()
            {
                channels[which].add(input);
            }
            let mut feel = |map: usize, input: &[f32], gradient: &[f32]| {
                let (outputs, inputs) = (model.outputs(map), model.inputs(map));
                feelings[map].add(gradient, outputs, input, inputs, texts);
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
            for (range, weights) in ranges(texts, hidden).zip(&trace.weights) {
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
        let squares: f64 = gradient.iter().map(|&g| f64::from(g) * f64::from(g)).sum();
        self.embeddings += squares / hidden as f64;
        self.texts += texts.len();
        self.pieces += gradient.len() / hidden;
    }

    /// The gradient, at the last layer's rows, of each text's vector in a random direction.
    fn start(&mut self, model: &Model, rows: &[f32], texts: &[&[u32]]) -> Vec<f32> {
        let hidden = model.shape.hidden;
        let pooled = pool(model, rows, texts);
        let mut gradient = vec![0.0; rows.len()];
        for (range, vector) in ranges(texts, hidden).zip(pooled.chunks_exact(hidden)) {
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
        texts: &[&[u32]],
    ) {
        add_square(&mut self.outputs, gradient, outputs, input, inputs, texts);
        add_square(&mut self.inputs, input, inputs, gradient, outputs, texts);
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
    texts: &[&[u32]],
) {
    let mut mixed = vec![0.0; own.len()];
    for (range, others) in ranges(texts, width).zip(ranges(texts, other_width)) {
        let (own, other) = (&own[range.clone()], &other[others]);
        let pieces = own.len() / width;
        let mut products = vec![0.0; pieces * pieces];
        add_product(other, &transposed(other, other_width), other_width, pieces, &mut products);
        add_product(&products, own, pieces, width, &mut mixed[range]);
    }
    // The result is symmetric: what lies on and above the diagonal is enough.
    let (left, pieces) = (transposed(own, width), own.len() / width);
    for first in (0..width).step_by(COLUMNS) {
        let end = width.min(first + COLUMNS);
        let right: Vec<f32> =
            mixed.chunks_exact(width).flat_map(|row| row[first..end].iter().copied()).collect();
        let mut block = vec![0.0; end * (end - first)];
        add_product(&left[..end * pieces], &right, pieces, end - first, &mut block);
        for (row, block) in sum.chunks_exact_mut(width).zip(block.chunks_exact(end - first)) {
            add_scaled(&mut row[first..end], 1.0, block);
        }
    }
}

/// Where each text's rows lie.
fn ranges<'t>(
    texts: &'t [&[u32]],
    hidden: usize,
) -> impl Iterator<Item = std::ops::Range<usize>> + 't {
    texts.iter().scan(0, move |start, text| {
        let range = *start..*start + text.len() * hidden;
        *start = range.end;
        Some(range)
    })
}

fn heads_of(
    parts: &[Vec<f32>; 3],
    range: std::ops::Range<usize>,
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

fn pool(model: &Model, rows: &[f32], texts: &[&[u32]]) -> Vec<f32> {
    let hidden = model.shape.hidden;
    ranges(texts, hidden)
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
