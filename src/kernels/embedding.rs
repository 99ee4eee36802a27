//! Rows of int8 embedding tables, decoded and added up.

use crate::vector::{F32x4, I16x8};

/// Adds `row`, whose groups of `group` elements have one scale each, times `weight` to `sum`. Both have
/// the same length; it and `group` are multiples of 8.
#[inline(never)]
pub fn add_int8_row(sum: &mut [f32], row: &[i8], scales: &[f32], group: usize, weight: f32) {
    let len = sum.len();
    assert!(row.len() == len, "a row of {} elements for a sum of {len}", row.len());
    assert!(len % 8 == 0 && group % 8 == 0, "{len} elements in groups of {group} are not padded");
    assert!(scales.len() == len.div_ceil(group), "{} scales for {len} elements", scales.len());
    for ((sum, row), &scale) in sum.chunks_mut(group).zip(row.chunks(group)).zip(scales) {
        add_scaled_int8(sum, row, scale * weight);
    }
}

#[inline(always)]
fn add_scaled_int8(sum: &mut [f32], row: &[i8], scale: f32) {
    let scale = F32x4::splat(scale);
    for (total, eight) in sum.chunks_exact_mut(8).zip(row.chunks_exact(8)) {
        let values = I16x8::widened(eight);
        let (first, second) = total.split_at_mut(4);
        (F32x4::load(first) + values.low().to_f32() * scale).store(first);
        (F32x4::load(second) + values.high().to_f32() * scale).store(second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Canaried, assert_close, random, random_int8};
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
                let scales = random(3, len.div_ceil(group));
                for weight in [1.0, 0.3] {
                    sum.inner().copy_from_slice(&start);
                    add_int8_row(sum.inner(), &row, &scales, group, weight);
                    sum.check();
                    let pairs = start.iter().zip(&row).enumerate();
                    let scaled = |(i, (s, &r)): (usize, (&f32, &i8))| {
                        s + f32::from(r) * (scales[i / group] * weight)
                    };
                    let expected: Vec<f32> = pairs.map(scaled).collect();
                    assert_close(sum.inner(), &expected, 0.0);
                }
            }
        }
    }
}
