//! From the hidden states of a text's tokens to one vector, and its length to one.

use super::require;
use super::simd::{load, store, sum_lanes};
use core::arch::wasm32::*;

/// Adds `row · weight` to `sum`; both have the same length, a multiple of 4.
#[inline(never)]
pub fn add_scaled(sum: &mut [f32], row: &[f32], weight: f32) {
    require!(sum.len() % 4 == 0 && sum.len() == row.len());
    for (total, four) in sum.chunks_exact_mut(4).zip(row.chunks_exact(4)) {
        let scaled = f32x4_mul(load(four), f32x4_splat(weight));
        store(total, f32x4_add(load(total), scaled));
    }
}

/// Takes the larger of each pair into `max`; both have the same length, a multiple of 4.
pub fn take_max(max: &mut [f32], row: &[f32]) {
    require!(max.len() % 4 == 0 && max.len() == row.len());
    for (largest, four) in max.chunks_exact_mut(4).zip(row.chunks_exact(4)) {
        store(largest, f32x4_max(load(largest), load(four)));
    }
}

/// Multiplies `row`, whose length is a multiple of 4, with `factor`.
pub fn scale(row: &mut [f32], factor: f32) {
    require!(row.len() % 4 == 0);
    for four in row.chunks_exact_mut(4) {
        store(four, f32x4_mul(load(four), f32x4_splat(factor)));
    }
}

/// Below this a vector counts as zero and is left alone, as torch's `normalize` does.
const SMALLEST_NORM: f32 = 1e-12;

/// Divides `row`, whose length is a multiple of 4, by its Euclidean length.
pub fn normalize(row: &mut [f32]) {
    require!(row.len() % 4 == 0);
    let squares = row
        .chunks_exact(4)
        .map(load)
        .fold(f32x4_splat(0.0), |sum, v| f32x4_add(sum, f32x4_mul(v, v)));
    let norm = sum_lanes(squares).sqrt().max(SMALLEST_NORM);
    scale(row, 1.0 / norm);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, random, Canaried};
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn equal_their_scalar_twins() {
        for len in [0, 4, 8, 12, 128, 384] {
            let (a, b) = (random(1, len), random(2, len));
            let run = |f: &dyn Fn(&mut [f32])| {
                let mut out = Canaried::new(len, f32::MAX);
                out.inner().copy_from_slice(&a);
                f(out.inner());
                out.check();
                out.inner().to_vec()
            };
            let pairs = || a.iter().zip(&b);
            let sum: Vec<f32> = pairs().map(|(x, y)| x + y * 0.3).collect();
            assert_close(&run(&|out| add_scaled(out, &b, 0.3)), &sum, 0.0);
            let max: Vec<f32> = pairs().map(|(x, y)| x.max(*y)).collect();
            assert_close(&run(&|out| take_max(out, &b)), &max, 0.0);
            let norm = a.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
            let unit: Vec<f32> = a.iter().map(|x| (f64::from(*x) / norm) as f32).collect();
            assert_close(&run(&normalize), &unit, 2e-7);
        }
    }

    #[wasm_bindgen_test]
    fn a_zero_vector_stays_zero() {
        let mut row = [0.0; 8];
        normalize(&mut row);
        assert_eq!(row, [0.0; 8]);
    }
}
