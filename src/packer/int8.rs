//! The maps of the layers in int8, for activations of 7 bits: equalised, and rounded with feedback.

use crate::calibrate::{Feeling, Statistics};
use crate::equalization::{Factors, INT8, equalize, inputs_of};
use crate::factor::factorise;
use crate::feedback::{LIMIT, round_with_feedback};
use crate::model::Model;

/// Inputs under one scale, as the engine's kernel for activations of 7 bits has them.
pub const GROUP: usize = 64;
/// A group whose weights are all smaller counts as zeros, as the engine has it.
const TINY: f32 = 1e-30;
/// Parts of the mean diagonal that are added before factors are taken: ten times those of compact files,
/// whose errors are larger and which are calibrated with more texts. Measured as [`crate::equalization`]
/// says: 284 and 510 millionths so, 295 and 584 with 0.3 and 0.15, 310 and 553 with 0.1 and 0.05. (With the
/// largest magnitudes there: 329 and 568 with 0.1 and 0.05, 354 and 617 with 0.03 and 0.02, 368 and 708
/// without feedback.)
const OUTPUT_DAMPING: f32 = 1.0;
const INPUT_DAMPING: f32 = 0.5;

/// One map.
pub struct Int8Map {
    pub values: Vec<i8>,
    /// Row by row, one for each [`GROUP`] inputs: numbers that bfloat16 has.
    pub scales: Vec<f32>,
}

/// What calibration has found, on its way into int8.
pub struct Equalized {
    statistics: Statistics,
    factors: Factors,
}

impl Equalized {
    /// Equalises the model: its weights are divided by the factors from then on.
    pub fn new(model: &mut Model, mut statistics: Statistics) -> Self {
        let factors = equalize(model, &mut statistics, &INT8);
        Equalized { statistics, factors }
    }

    /// What the inputs of a map are multiplied by.
    pub fn equalization(&self, layer: usize, map: usize) -> &[f32] {
        &self.factors[layer][inputs_of(map)]
    }

    /// The weights of a map of the equalised model, rounded. What is known of the map is dropped: a second
    /// time it would be rounded plainly.
    pub fn quantize(&mut self, model: &Model, layer: usize, map: usize) -> Int8Map {
        let Feeling { outputs, inputs } = std::mem::take(&mut self.statistics.maps[layer][map]);
        let (rows, width) = (model.outputs(map), model.inputs(map));
        let weights = &model.layers[layer].maps[map].weight;
        let scales: Vec<f32> =
            weights.chunks_exact(width).flat_map(|row| row.chunks(GROUP).map(scale)).collect();
        let outputs = factorise(&outputs, rows, OUTPUT_DAMPING);
        let inputs = factorise(&inputs, width, INPUT_DAMPING);
        let values = round_with_feedback(weights, &scales, GROUP, &outputs, &inputs);
        Int8Map { values, scales }
    }
}

fn scale(weights: &[f32]) -> f32 {
    let largest = weights.iter().fold(0.0f32, |largest, w| largest.max(w.abs()));
    if largest < TINY { 0.0 } else { bfloat16_above(largest / LIMIT) }
}

/// The smallest number that bfloat16 has from `x` on, which is positive.
fn bfloat16_above(x: f32) -> f32 {
    f32::from_bits((x.to_bits() + 0xffff) & 0xffff_0000)
}
