//! From a plan to coded tensors of the size that was asked for.

use crate::feedback::{round, round_rows, round_with_feedback};
use crate::matrices::Matrix;
use crate::plan::{Feedback, Plan};
use edgebert_coding::encode::{Rows, estimated_bits};
use edgebert_coding::step;

/// Halvings of the range of levels, in octaves.
const HALVINGS: usize = 12;
const OCTAVES: std::ops::Range<f32> = -20.0..20.0;

/// A tensor rounded at a level, with the feedback that the plan has for it. Maps are equalised then, and the
/// engine has bfloat16 of their steps.
pub fn rounded(matrices: &[Matrix], plan: &Plan, tensor: usize, level: f32) -> Rows {
    let Matrix { weights, width, .. } = &matrices[tensor];
    let codes = plan.codes(tensor, weights, *width, level);
    match &plan.feedback[tensor] {
        Some(Feedback { outputs: Some(outputs), inputs }) => {
            let steps: Vec<f32> = codes.iter().map(|&code| step::bfloat16(code)).collect();
            let values = round_with_feedback(weights, &steps, *width, outputs, inputs);
            Rows { width: *width, steps: codes, values }
        }
        Some(Feedback { outputs: None, inputs }) => {
            let steps: Vec<f32> = codes.iter().map(|&code| step::value(code)).collect();
            let values = round_rows(weights, &steps, *width, inputs);
            Rows { width: *width, steps: codes, values }
        }
        None => round(weights, *width, codes),
    }
}

/// The highest level at which the rows, rounded each by itself, take about `bytes`.
pub fn level_of(matrices: &[Matrix], plan: &Plan, bytes: f64) -> f32 {
    let size = |level: f32| {
        let rounded = matrices.iter().enumerate().map(|(index, Matrix { weights, width, .. })| {
            round(weights, *width, plan.codes(index, weights, *width, level))
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
