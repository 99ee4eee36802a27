//! float32 weights to int8, symmetric, with one scale per group of inputs.
//!
//! `scale = max|w| / 127` over the group and `q = round(w / scale)`, ties to even: an error of at
//! most half a scale. A group without a magnitude of [`TINY`] counts as zeros and gets scale 0.

use crate::quantize::TINY;

const LIMIT: f32 = 127.0;

/// One row of weights, quantised.
#[derive(Default)]
pub struct QuantizedRow {
    /// As many as the row had.
    pub values: Vec<i8>,
    /// One per group.
    pub scales: Vec<f32>,
}

impl QuantizedRow {
    /// Replaces what is here with `row`, quantised in groups of `group` elements.
    pub fn quantize(&mut self, row: &[f32], group: usize) {
        self.values.clear();
        self.scales.clear();
        for values in row.chunks(group) {
            let max = values.iter().fold(0.0f32, |max, w| max.max(w.abs()));
            let (scale, inverse) = if max < TINY { (0.0, 0.0) } else { (max / LIMIT, LIMIT / max) };
            let quantized = values.iter().map(|w| (w * inverse).round_ties_even() as i8);
            self.values.extend(quantized);
            self.scales.push(scale);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::random;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn errs_by_half_a_scale_at_most() {
        for (len, group) in [(1, 128), (127, 128), (128, 128), (129, 128), (384, 128), (384, 384)] {
            let row = random(len as u64, len);
            let mut quantized = QuantizedRow::default();
            quantized.quantize(&row, group);
            let QuantizedRow { values: out, scales } = quantized;
            assert_eq!((out.len(), scales.len()), (len, len.div_ceil(group)));
            for (i, (&q, w)) in out.iter().zip(&row).enumerate() {
                let scale = scales[i / group];
                assert!((f32::from(q) * scale - w).abs() <= 0.5001 * scale);
            }
            assert!(out.chunks(group).all(|g| g.iter().any(|q| q.unsigned_abs() == 127)));
        }
    }

    #[wasm_bindgen_test]
    fn zeros_and_the_tiniest_numbers_become_zero() {
        let mut quantized = QuantizedRow::default();
        // Of the last, 127 / max overflows.
        for row in [[0.0, 1e-45, -0.0], [1e-37, 1e-39, -3e-38]] {
            quantized.quantize(&row, 128);
            assert_eq!((&quantized.values, &quantized.scales), (&vec![0; 3], &vec![0.0]));
        }
    }
}
