//! Rows of int8 embedding tables, decoded and added up.

use super::require;
use super::simd::{load, store};
use core::arch::wasm32::*;

/// Adds `row`, whose groups of `group` elements have one scale each, to `sum`. Both have the same
/// length; it and `group` are multiples of 8.
#[inline(never)]
pub fn add_int8_row(sum: &mut [f32], row: &[i8], scales: &[f32], group: usize) {
    require!(sum.len() == row.len() && scales.len() == row.len().div_ceil(group));
    for ((sum, row), &scale) in sum.chunks_mut(group).zip(row.chunks(group)).zip(scales) {
        add_scaled_int8(sum, row, scale);
    }
}

#[inline(always)]
fn add_scaled_int8(sum: &mut [f32], row: &[i8], scale: f32) {
    require!(sum.len() % 8 == 0);
    let scale = f32x4_splat(scale);
    for (total, eight) in sum.chunks_exact_mut(8).zip(row.chunks_exact(8)) {
        // SAFETY: `eight` is a chunk of eight bytes.
        let values = unsafe { i16x8_load_extend_i8x8(eight.as_ptr()) };
        let low = f32x4_convert_i32x4(i32x4_extend_low_i16x8(values));
        let high = f32x4_convert_i32x4(i32x4_extend_high_i16x8(values));
        let (first, second) = total.split_at_mut(4);
        store(first, f32x4_add(load(first), f32x4_mul(low, scale)));
        store(second, f32x4_add(load(second), f32x4_mul(high, scale)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, random, random_int8, Canaried};
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn equals_its_scalar_twin() {
        for len in [0, 8, 16, 24, 128, 384] {
            let (start, mut row) = (random(1, len), random_int8(2, len));
            if let Some(first) = row.first_mut() {
                *first = i8::MIN;
            }
            let mut sum = Canaried::new(len, f32::MAX);
            for group in [8, 32, 128, 512] {
                sum.inner().copy_from_slice(&start);
                let scales = random(3, len.div_ceil(group));
                add_int8_row(sum.inner(), &row, &scales, group);
                sum.check();
                let pairs = start.iter().zip(&row).enumerate();
                let expected: Vec<f32> =
                    pairs.map(|(i, (s, &r))| s + f32::from(r) * scales[i / group]).collect();
                assert_close(sum.inner(), &expected, 0.0);
            }
        }
    }
}
