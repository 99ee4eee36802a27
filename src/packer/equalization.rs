//! Factors that bring the inputs of a map to about one size, so that the few steps of a row that is
//! rounded to 7 bits are not all spent on the channels that stand out (SmoothQuant's idea).
//!
//! Input k is multiplied by `e[k]` and the weights of column k divided by it: the map's outputs stay the
//! same. With a for the root mean square of an input and w for the largest of its weights, `1 / e = a^α /
//! w^(1 - α)`: where α is 1, inputs get one size and weights take all their differences, where it is 0 the
//! other way round.
//!
//! Measured on MiniLM, as `1 - cosine` to float32, mean over 600 STS sentences and over 86 odd texts, in
//! millionths and with a tenth of the damping of [`crate::int8`]: 310 and 553 as it is; 327 and 619 for
//! α 0.5, 323 and 636 for 0.75; with the largest magnitude of an input for a, 329 and 568, with its
//! deviation from its mean 318 and 580.
//!
//! Compact files have one step for all of a row, so the factors are also what makes steps of columns differ.
//! For 12 MB, mean and lowest cosine of 3,000 STS sentences and the lowest of the odd texts, while tables
//! were still rounded weight by weight: 0.99772, 0.9903 and 0.984 for α 0.5, 0.99767, 0.9882 and 0.971 for
//! 0.4, 0.99763, 0.9883 and 0.975 for 0.65.

use crate::calibrate::Statistics;
use crate::model::{ATTENTION_OUTPUT, DOWN, KEY, MAPS, Model, QUERY, UP, VALUE};
use edgebert_coding::step::nearest_bfloat16;

/// The maps of a layer by what they take: those of one row have the same inputs, and so the same factors.
pub const INPUTS: [&[usize]; 4] = [&[QUERY, KEY, VALUE], &[ATTENTION_OUTPUT], &[UP], &[DOWN]];
/// α of int8 files.
pub const INT8: f32 = 0.65;
/// α of compact files, whose factors are numbers that bfloat16 has.
const COMPACT: f32 = 0.5;
/// Of the largest size; what is smaller counts as that, so that no factor is far from the others because a
/// channel was never seen or is never used.
const LEAST: f32 = 1e-3;

/// The place in [`INPUTS`] of what a map takes.
pub fn inputs_of(map: usize) -> usize {
    INPUTS.iter().position(|maps| maps.contains(&map)).unwrap_or_default()
}

/// How large the inputs of some maps are, channel by channel.
#[derive(Clone)]
pub struct Channels {
    /// Of each channel, the sum over all pieces of text.
    squares: Vec<f64>,
    pieces: usize,
}

impl Channels {
    pub fn new(width: usize) -> Self {
        Channels { squares: vec![0.0; width], pieces: 0 }
    }

    /// Adds rows of inputs.
    pub fn add(&mut self, rows: &[f32]) {
        for row in rows.chunks_exact(self.squares.len()) {
            self.pieces += 1;
            for (sum, &x) in self.squares.iter_mut().zip(row) {
                *sum += f64::from(x) * f64::from(x);
            }
        }
    }

    fn sizes(&self) -> Vec<f32> {
        let mean = |sum: &f64| (sum / self.pieces.max(1) as f64).sqrt() as f32;
        self.squares.iter().map(mean).collect()
    }
}

/// e of what a layer's maps `INPUTS[which]` take, with `to_weights` for α.
pub fn equalization(
    model: &Model,
    layer: usize,
    which: usize,
    channels: &Channels,
    to_weights: f32,
) -> Vec<f32> {
    let width = channels.squares.len();
    let mut weights = vec![0.0f32; width];
    for &map in INPUTS[which] {
        for row in model.layers[layer].maps[map].weight.chunks_exact(width) {
            for (largest, weight) in weights.iter_mut().zip(row) {
                *largest = largest.max(weight.abs());
            }
        }
    }
    let sizes = logarithms(&channels.sizes()).into_iter().zip(logarithms(&weights));
    let exponents: Vec<f32> = sizes.map(|(a, w)| (1.0 - to_weights) * w - to_weights * a).collect();
    let mean = exponents.iter().sum::<f32>() / width as f32;
    exponents.iter().map(|exponent| (exponent - mean).exp()).collect()
}

/// Factors of each layer, in the order of [`INPUTS`].
pub type Factors = Vec<[Vec<f32>; INPUTS.len()]>;

/// Brings a model and what is known of it to the equalised inputs of compact files: weights are divided by
/// the factors, and what inputs feel is that of inputs multiplied by them.
pub fn equalize(model: &mut Model, statistics: &mut Statistics) -> Factors {
    let mut all = Vec::with_capacity(model.layers.len());
    for (layer, feelings) in statistics.maps.iter_mut().enumerate() {
        let channels = &statistics.channels[layer];
        let factors: [Vec<f32>; INPUTS.len()] = std::array::from_fn(|which| {
            let factors = equalization(model, layer, which, &channels[which], COMPACT);
            factors.into_iter().map(nearest_bfloat16).collect()
        });
        for (map, feeling) in feelings.iter_mut().enumerate().take(MAPS) {
            let factors = &factors[inputs_of(map)];
            model.layers[layer].maps[map].divide(factors);
            for (row, e) in feeling.inputs.chunks_exact_mut(factors.len()).zip(factors) {
                row.iter_mut().zip(factors).for_each(|(b, other)| *b *= e * other);
            }
        }
        all.push(factors);
    }
    all
}

fn logarithms(sizes: &[f32]) -> Vec<f32> {
    let largest = sizes.iter().copied().fold(0.0, f32::max);
    let least = (LEAST * largest).max(f32::MIN_POSITIVE);
    sizes.iter().map(|size| size.max(least).ln()).collect()
}
