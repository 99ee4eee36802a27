//! Rounding that makes up for its own errors (LDLQ; GPTQ is its one-sided form).
//!
//! Where `H = A ⊗ B` says how much a model's output feels an error of a weight matrix, with A over
//! its outputs and B over its inputs, each weight is rounded after the errors of all weights above
//! and to the left have been taken off it, as the factors of A and B say.

use crate::factor::Factor;
use crate::matmul::{add_product, add_scaled, transposed};
use edgebert_coding::encode::Rows;
use edgebert_coding::step;

pub const LIMIT: f32 = 127.0;
/// Rows between two products with everything above.
const BLOCK: usize = 32;
/// Rows that are rounded side by side.
const LANES: usize = 16;

/// Rounds each weight by itself.
pub fn round(weights: &[f32], width: usize, steps: Vec<u8>) -> Rows {
    let mut values = Vec::with_capacity(weights.len());
    for (row, &code) in weights.chunks_exact(width).zip(&steps) {
        let step = step::value(code);
        values.extend(row.iter().map(|weight| rounded(weight / step)));
    }
    Rows { width, steps, values }
}

fn rounded(value: f32) -> i8 {
    value.round_ties_even().clamp(-LIMIT, LIMIT) as i8
}

/// Rounds `weights`, rows of `inputs.size`, one row for each of `outputs.size` outputs, to multiples of
/// `steps`: row by row, one for each `group` weights. Where a step is 0, weights become 0.
pub fn round_with_feedback(
    weights: &[f32],
    steps: &[f32],
    group: usize,
    outputs: &Factor,
    inputs: &Factor,
) -> Vec<i8> {
    let (rows, width) = (outputs.size, inputs.size);
    let groups = width.div_ceil(group);
    assert!(weights.len() == rows * width && steps.len() == rows * groups);
    // Column i of V, as a row: what row i makes up for.
    let from_above = transposed(&outputs.upper, rows);
    let mut errors = vec![0.0f32; rows * width];
    let mut values = vec![0i8; rows * width];
    let mut owed = vec![0.0; width];
    for first in (0..rows).step_by(BLOCK) {
        let end = rows.min(first + BLOCK);
        let mut above = vec![0.0; (end - first) * width];
        if first > 0 {
            let left: Vec<f32> = (first..end)
                .flat_map(|row| from_above[row * rows..][..first].iter().copied())
                .collect();
            add_product(&left, &errors[..first * width], first, width, &mut above);
        }
        // Errors of the block, and what the same columns' errors to the left of them owe.
        for row in first..end {
            let above = &mut above[(row - first) * width..][..width];
            for other in first..row {
                let factor = from_above[row * rows + other];
                add_scaled(above, factor, &errors[other * width..][..width]);
            }
            let steps = &steps[row * groups..][..groups];
            let at = row * width;
            owed.fill(0.0);
            for column in 0..width {
                let weight = weights[at + column];
                // An error above in this column counts like one in this row.
                let step = steps[column / group];
                let wanted = weight - above[column] - owed[column];
                let value = if step > 0.0 { rounded(wanted / step) } else { 0 };
                let error = f32::from(value) * step - weight;
                values[at + column] = value;
                errors[at + column] = error;
                let upper = &inputs.upper[column * width..][column + 1..width];
                add_scaled(&mut owed[column + 1..], error + above[column], upper);
            }
        }
    }
    values
}

/// [`round_with_feedback`] without `outputs`: for rows that have nothing to do with each other.
pub fn round_rows(weights: &[f32], steps: &[f32], group: usize, inputs: &Factor) -> Vec<i8> {
    let width = inputs.size;
    let groups = width.div_ceil(group);
    assert!(weights.len() % width == 0 && steps.len() == weights.len() / width * groups);
    // Column i of U, as a row: what column i makes up for.
    let from_left = transposed(&inputs.upper, width);
    let mut values = vec![0i8; weights.len()];
    let mut errors = vec![[0.0f32; LANES]; width];
    let rows = weights.chunks(LANES * width).zip(steps.chunks(LANES * groups));
    for ((weights, steps), values) in rows.zip(values.chunks_mut(LANES * width)) {
        for column in 0..width {
            let mut owed = [0.0f32; LANES];
            let factors = &from_left[column * width..][..column];
            for (errors, factor) in errors.iter().zip(factors) {
                for (owed, error) in owed.iter_mut().zip(errors) {
                    *owed += error * factor;
                }
            }
            for (lane, row) in weights.chunks_exact(width).enumerate() {
                let (weight, step) = (row[column], steps[lane * groups + column / group]);
                let value = if step > 0.0 { rounded((weight - owed[lane]) / step) } else { 0 };
                errors[column][lane] = f32::from(value) * step - weight;
                values[lane * width + column] = value;
            }
        }
    }
    values
}
