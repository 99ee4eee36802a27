//! Softmax: exp of each score less the largest, divided by their sum.
//!
//! Neither form divides. The sum, or its inverse, goes into the scale of the product with the values,
//! which is one multiplication for each result instead of one for each score.

use crate::exp::{Exp, Exp2};
use crate::pack::PANEL;
use crate::quantize::{INT16_MAX, MAGIC, to_int16};
use crate::vector::{F32x4, I16x8, I32x4};
use core::hint::black_box;

/// Queries whose scores [`int16_weights`] finds side by side: panel by panel, [`PANEL`] keys for
/// each of them.
pub const QUERY_ROWS: usize = 16;
/// What the int16 weights of a row sum up to at most, before they are rounded.
pub const WEIGHT_SUM: f32 = 65472.0;

/// Replaces the first `length` scores of `row` with exp(score - largest) and returns their sum.
/// The scores after them count as minus infinity: at most 1.3e-38 each, nothing beside a sum ≥ 1.
#[inline(never)]
pub fn exponentials(row: &mut [f32], length: usize) -> f32 {
    assert!(row.len() % 4 == 0, "a row of {} scores is not padded", row.len());
    row[length..].fill(f32::NEG_INFINITY);
    let fours = row.chunks_exact(4).map(F32x4::load);
    let largest = fours.fold(F32x4::splat(f32::NEG_INFINITY), F32x4::pmax);
    let largest = F32x4::splat(largest.largest());
    let exp = Exp::prepared();
    let mut sum = F32x4::ZERO;
    for four in row.chunks_exact_mut(4) {
        let value = exp.of(F32x4::load(four) - largest);
        value.store(four);
        sum = sum + value;
    }
    sum.sum()
}

/// exp₂((score - largest) · factor) of the first `length` scores of one query, scaled and rounded to
/// int16, in `weights`; what follows them becomes 0. Returns what products with `weights` are to be
/// multiplied with, so that the weights sum up to 1.
///
/// `scores` are panels of keys × [`QUERY_ROWS`] × [`PANEL`], of which `row` is replaced.
///
/// The weights' sum is at most [`WEIGHT_SUM`] before rounding, which adds at most 1/2 to each, and
/// none is above 32767.
#[inline(never)]
pub fn int16_weights(
    scores: &mut [f32],
    row: usize,
    length: usize,
    factor: f32,
    weights: &mut [i16],
) -> f32 {
    // A factor of 0, which a query of zeros has, would make NaN of the minus infinities that stand
    // for keys past the end.
    let factor = factor.max(f32::MIN_POSITIVE);
    assert!(row < QUERY_ROWS && length > 0, "row {row} of {length} scores");
    let panels = length.div_ceil(PANEL);
    let scores = &mut scores[..panels * QUERY_ROWS * PANEL];
    let place = row * PANEL..(row + 1) * PANEL;
    let last = &mut scores[(panels - 1) * QUERY_ROWS * PANEL..][place.clone()];
    last[(length - 1) % PANEL + 1..].fill(f32::NEG_INFINITY);

    let mut largest = F32x4::splat(f32::NEG_INFINITY);
    for panel in scores.chunks_exact(QUERY_ROWS * PANEL) {
        let eight = &panel[place.clone()];
        largest = largest.pmax(F32x4::load(eight)).pmax(F32x4::load(&eight[4..]));
    }
    let shift = F32x4::splat(largest.largest() * factor);
    let factor = F32x4::splat(factor);
    let exp2 = Exp2::prepared();
    let mut sum = F32x4::ZERO;
    for panel in scores.chunks_exact_mut(QUERY_ROWS * PANEL) {
        for four in panel[place.clone()].chunks_exact_mut(4) {
            let value = exp2.of(F32x4::load(four) * factor - shift);
            value.store(four);
            sum = sum + value;
        }
    }
    let scale = F32x4::splat((WEIGHT_SUM / sum.sum()).min(INT16_MAX));
    let mut sum = I32x4::ZERO;
    let (magic, one) = black_box(&(MAGIC, 1));
    let (magic, ones) = (*magic, I16x8::splat(*one));
    let panels = scores.chunks_exact(QUERY_ROWS * PANEL);
    for (panel, to) in panels.zip(weights.chunks_exact_mut(PANEL)) {
        let eight = to_int16(&panel[place.clone()], scale, magic, to);
        sum = sum + eight.dot(ones);
    }
    // The sum of what they were rounded to: many small weights may all be rounded the same way.
    1.0 / sum.to_f32().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Canaried, random};
    use wasm_bindgen_test::wasm_bindgen_test;

    const LENGTHS: [usize; 12] = [1, 2, 3, 7, 8, 9, 15, 16, 17, 127, 128, 129];

    fn scalar(scores: &[f32], base: fn(f64) -> f64, factor: f64) -> Vec<f64> {
        let largest = scores.iter().fold(f32::MIN, |max, &x| max.max(x));
        let powers: Vec<f64> =
            scores.iter().map(|&x| base((f64::from(x) - f64::from(largest)) * factor)).collect();
        let sum: f64 = powers.iter().sum();
        powers.iter().map(|power| power / sum).collect()
    }

    #[wasm_bindgen_test]
    fn exponentials_equal_their_scalar_twin() {
        for length in LENGTHS {
            let scores: Vec<f32> = random(length as u64, length).iter().map(|x| 20.0 * x).collect();
            let mut row = Canaried::new(length.next_multiple_of(8), 99.0);
            row.inner()[..length].copy_from_slice(&scores);
            let sum = exponentials(row.inner(), length);
            row.check();
            for (found, expected) in row.inner().iter().zip(scalar(&scores, f64::exp, 1.0)) {
                assert!((f64::from(found / sum) - expected).abs() <= 1e-6);
            }
            assert!(row.inner()[length..].iter().all(|&x| x < 1.3e-38));
        }
    }

    #[wasm_bindgen_test]
    fn int16_weights_are_near_their_scalar_twin_and_leave_other_rows_alone() {
        for length in LENGTHS {
            let columns = length.next_multiple_of(PANEL);
            for (row, factor) in [(0, 1.0), (7, 0.01), (15, 3.0), (3, 0.0)] {
                let before: Vec<f32> = random(length as u64, columns * QUERY_ROWS);
                let of_row = |scores: &[f32]| -> Vec<f32> {
                    let panels = scores.chunks(QUERY_ROWS * PANEL);
                    panels.flat_map(|panel| &panel[row * PANEL..][..PANEL]).copied().collect()
                };
                let mut scores = before.clone();
                let mut weights = Canaried::new(columns, i16::MIN);
                let scale = int16_weights(&mut scores, row, length, factor, weights.inner());
                weights.check();
                let found = weights.inner();
                let expected = scalar(&of_row(&before)[..length], f64::exp2, f64::from(factor));
                for (&found, expected) in found.iter().zip(expected) {
                    let error = (f64::from(found) * f64::from(scale) - expected).abs();
                    assert!(error <= 2e-5, "{found} · {scale} for {expected} of {length}");
                }
                assert!(found[length..].iter().all(|&weight| weight == 0));
                let sum: i64 = found.iter().map(|&weight| i64::from(weight)).sum();
                assert!(sum <= WEIGHT_SUM as i64 + length as i64 / 2);
                let others = scores.iter().zip(&before).enumerate();
                let others = others.filter(|(i, _)| i / PANEL % QUERY_ROWS != row);
                assert!(others.into_iter().all(|(_, (after, before))| after == before));
            }
        }
    }
}
