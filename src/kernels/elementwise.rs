//! Sums, products, maxima and multiples of rows, element by element.

use crate::vector::F32x4;

/// Adds `row · weight` to `sum`; both have the same length, a multiple of 4.
#[inline(never)]
pub fn add_scaled(sum: &mut [f32], row: &[f32], weight: f32) {
    assert_paired(sum, row);
    let weight = F32x4::splat(weight);
    for (total, four) in sum.chunks_exact_mut(4).zip(row.chunks_exact(4)) {
        (F32x4::load(total) + F32x4::load(four) * weight).store(total);
    }
}

/// Takes the larger of each pair into `max`; both have the same length, a multiple of 4.
pub fn take_max(max: &mut [f32], row: &[f32]) {
    assert_paired(max, row);
    for (largest, four) in max.chunks_exact_mut(4).zip(row.chunks_exact(4)) {
        F32x4::load(largest).max(F32x4::load(four)).store(largest);
    }
}

/// Multiplies each element of `row` with that of `factors`; both have the same length, a multiple of 4.
pub fn multiply(row: &mut [f32], factors: &[f32]) {
    assert_paired(row, factors);
    for (product, four) in row.chunks_exact_mut(4).zip(factors.chunks_exact(4)) {
        (F32x4::load(product) * F32x4::load(four)).store(product);
    }
}

/// Multiplies `row`, whose length is a multiple of 4, with `factor`.
pub fn scale(row: &mut [f32], factor: f32) {
    assert!(row.len() % 4 == 0, "a row of {} elements is not padded", row.len());
    let factor = F32x4::splat(factor);
    for four in row.chunks_exact_mut(4) {
        (F32x4::load(four) * factor).store(four);
    }
}

#[track_caller]
fn assert_paired(a: &[f32], b: &[f32]) {
    assert!(
        a.len() % 4 == 0 && a.len() == b.len(),
        "rows of {} and {} elements do not pair up",
        a.len(),
        b.len()
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Canaried, assert_close, random};
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
            let product: Vec<f32> = pairs().map(|(x, y)| x * y).collect();
            assert_close(&run(&|out| multiply(out, &b)), &product, 0.0);
            let half: Vec<f32> = a.iter().map(|x| x * 0.5).collect();
            assert_close(&run(&|out| scale(out, 0.5)), &half, 0.0);
        }
    }

    #[wasm_bindgen_test]
    #[should_panic(expected = "rows of 8 and 4 elements do not pair up")]
    fn rows_of_different_lengths_are_refused() {
        add_scaled(&mut [0.0; 8], &[1.0; 4], 1.0);
    }
}
