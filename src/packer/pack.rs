//! From a plan to coded tensors of the size that was asked for.

use crate::feedback::{round, round_with_feedback};
use crate::model::{MAPS, Model};
use crate::plan::Plan;
use edgebert_coding::encode::{Rows, estimated_bits};
use edgebert_coding::step;

/// Halvings of the range of levels, in octaves.
const HALVINGS: usize = 12;
const OCTAVES: std::ops::Range<f32> = -20.0..20.0;

/// The tensors that are coded, in the order of the file: words, positions, and the maps of each
/// layer.
pub fn tensors(model: &Model) -> Vec<(&[f32], usize)> {
    let hidden = model.shape.hidden;
    let mut tensors = vec![(model.words.as_slice(), hidden), (model.positions.as_slice(), hidden)];
    for layer in &model.layers {
        for map in 0..MAPS {
            tensors.push((layer.maps[map].weight.as_slice(), model.inputs(map)));
        }
    }
    tensors
}

/// A tensor rounded at a level, with feedback where the plan has factors for it: the model is equalised then,
/// and the engine has bfloat16 of the steps.
pub fn rounded(model: &Model, plan: &Plan, tensor: usize, level: f32) -> Rows {
    let (weights, width) = tensors(model)[tensor];
    let codes = plan.codes(tensor, weights, width, level);
    // The two tables come first.
    match tensor.checked_sub(2).and_then(|map| plan.factors[map].as_ref()) {
        Some((outputs, inputs)) => {
            let steps: Vec<f32> = codes.iter().map(|&code| step::bfloat16(code)).collect();
            let values = round_with_feedback(weights, &steps, width, outputs, inputs);
            Rows { width, steps: codes, values }
        }
        None => round(weights, width, codes),
    }
}

/// The highest level at which the rows, rounded each by itself, take about `bytes`.
pub fn level_of(model: &Model, plan: &Plan, bytes: f64) -> f32 {
    let tensors = tensors(model);
    let size = |level: f32| {
        let rounded = tensors.iter().enumerate().map(|(index, &(weights, width))| {
            round(weights, width, plan.codes(index, weights, width, level))
        });
        estimated_bits(&rounded.collect::<Vec<_>>()) / 8.0
    };
    // Steps are never narrower than int8 needs, and with those the rows may take less.
    let bytes = bytes.min(size(OCTAVES.start.exp2()));
    let (mut low, mut high) = (OCTAVES.start, OCTAVES.end);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if size(middle.exp2()) >= bytes {
            low = middle;
        } else {
            high = middle;
        }
    }
    low.exp2()
}
