//! Bringing a vector to Euclidean length 1.

use crate::elementwise::scale;
use crate::vector::F32x4;

/// A shorter vector is divided by this instead of its length, as torch's `normalize` does: zeros
/// stay zeros.
const SMALLEST_LENGTH: f32 = 1e-12;

/// Divides `row`, which has a multiple of 4 elements, by its Euclidean length.
pub fn normalize(row: &mut [f32]) {
    let length = euclidean_length(row).max(SMALLEST_LENGTH);
    scale(row, 1.0 / length);
}

/// Euclidean length of `row`, which has a multiple of 4 elements.
#[inline(always)]
pub fn euclidean_length(row: &[f32]) -> f32 {
    assert!(row.len() % 4 == 0, "a row of {} elements is not padded", row.len());
    let squares = row.chunks_exact(4).map(F32x4::load).fold(F32x4::ZERO, |sum, v| sum + v * v);
    squares.sum().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Canaried, assert_close, random};
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn equals_its_scalar_twin() {
        for len in [0, 4, 8, 12, 128, 384] {
            let row = random(1, len);
            let mut out = Canaried::new(len, f32::MAX);
            out.inner().copy_from_slice(&row);
            normalize(out.inner());
            out.check();
            let length = row.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
            let unit: Vec<f32> = row.iter().map(|x| (f64::from(*x) / length) as f32).collect();
            assert_close(out.inner(), &unit, 2e-7);
        }
    }

    #[wasm_bindgen_test]
    fn a_zero_vector_stays_zero_and_a_tiny_one_is_divided_by_the_smallest_length() {
        let mut row = [0.0; 8];
        normalize(&mut row);
        assert_eq!(row, [0.0; 8]);
        row[3] = 1e-13;
        normalize(&mut row);
        assert_close(&row, &[0.0, 0.0, 0.0, 0.1, 0.0, 0.0, 0.0, 0.0], 1e-7);
    }
}
