//! float32 rows to integers in int16, one scale per row.
//!
//! `scale = max|x| / limit` and `q = round(x / scale)`, ties to even. A row without a magnitude of
//! [`TINY`] counts as zeros and gets scale 0. Within attention the limit is 32767; for what rows become
//! that meet int8 weights, see [`crate::dot::Form`].

use crate::vector::{F32x4, I16x8, I32x4};
use core::hint::black_box;

/// The largest int16.
pub const INT16_MAX: f32 = 32767.0;
/// Far below any activation that matters; under 1e-34 the inverse scale would overflow.
pub const TINY: f32 = 1e-30;

/// Quantises `row` into `out` so that `max`, its largest magnitude, becomes `limit`, at most
/// [`INT16_MAX`]; returns the scale. Both have the same length, a multiple of 8.
#[inline(never)]
pub fn quantize_to(limit: f32, row: &[f32], max: f32, out: &mut [i16]) -> f32 {
    assert!(
        row.len() % 8 == 0 && row.len() == out.len(),
        "a row of {} elements does not become one of {}",
        row.len(),
        out.len()
    );
    if max < TINY {
        out.fill(0);
        return 0.0;
    }
    let (inverse, magic) = (F32x4::splat(limit / max), *black_box(&MAGIC));
    for (values, quantized) in row.chunks_exact(8).zip(out.chunks_exact_mut(8)) {
        to_int16(values, inverse, magic, quantized);
    }
    max / limit
}

/// Rounds the first eight `values · factor` to int16, in `out`, and returns them. `magic` is [`MAGIC`] in a
/// register: see [`crate::exp::Exp`].
#[inline(always)]
pub fn to_int16(values: &[f32], factor: F32x4, magic: F32x4, out: &mut [i16]) -> I16x8 {
    let integers = |four| rounded(F32x4::load(four), factor, magic);
    let narrow = I16x8::narrowed(integers(values), integers(&values[4..]));
    narrow.store(out);
    narrow
}

/// 1.5 · 2²³. A float32 near it has no bits for fractions, so adding it rounds to the nearest
/// integer, ties to even, and leaves that integer in the lowest bits. That is two instructions,
/// where conversion with saturation takes eight on x86-64.
pub const MAGIC: F32x4 = F32x4::splat(12_582_912.0);

/// `value · factor`, rounded, where the product lies within ±2²²; `magic` as in [`to_int16`].
#[inline(always)]
pub fn rounded(value: F32x4, factor: F32x4, magic: F32x4) -> I32x4 {
    (value * factor + magic).to_bits() - magic.to_bits()
}

/// The largest magnitude in `row`, whose length is a multiple of 4.
#[inline(never)]
pub fn max_abs(row: &[f32]) -> f32 {
    assert!(row.len() % 4 == 0, "a row of {} elements is not padded", row.len());
    // Two chains, because one waits for its own results.
    let (mut first, mut second) = (F32x4::ZERO, F32x4::ZERO);
    let eights = row.chunks_exact(8);
    if let [_, _, _, _] = eights.remainder() {
        first = F32x4::load(eights.remainder()).abs();
    }
    for eight in eights {
        first = first.pmax(F32x4::load(eight).abs());
        second = second.pmax(F32x4::load(&eight[4..]).abs());
    }
    first.pmax(second).largest()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Canaried, random};
    use wasm_bindgen_test::wasm_bindgen_test;

    const LIMITS: [f32; 2] = [8191.0, INT16_MAX];

    fn scalar(limit: f32, row: &[f32]) -> (Vec<i16>, f32) {
        let max = row.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        if max < TINY {
            return (vec![0; row.len()], 0.0);
        }
        let inverse = limit / max;
        let q = row.iter().map(|x| (x * inverse).round_ties_even() as i16);
        (q.collect(), max / limit)
    }

    #[wasm_bindgen_test]
    fn equals_its_scalar_twin() {
        for len in [0, 8, 16, 24, 128, 136, 384, 1536] {
            let row = random(len as u64, len);
            for limit in LIMITS {
                let mut out = Canaried::new(len, i16::MIN);
                let scale = quantize_to(limit, &row, max_abs(&row), out.inner());
                out.check();
                assert_eq!((out.inner().to_vec(), scale), scalar(limit, &row));
            }
        }
    }

    #[wasm_bindgen_test]
    fn the_largest_magnitude_may_be_anywhere() {
        for len in [4, 8, 12, 20, 32] {
            for at in 0..len {
                let mut row = random(1, len);
                row[at] = -7.0;
                assert_eq!(max_abs(&row), 7.0);
            }
        }
        assert_eq!(max_abs(&[]), 0.0);
    }

    #[wasm_bindgen_test]
    fn zeros_get_scale_zero_and_extremes_stay_in_range() {
        let mut out = [1i16; 8];
        assert_eq!(quantize_to(INT16_MAX, &[0.0; 8], 0.0, &mut out), 0.0);
        assert_eq!(out, [0; 8]);
        assert_eq!(quantize_to(INT16_MAX, &[1e-40; 8], 1e-40, &mut out), 0.0);
        assert_eq!(out, [0; 8]);
        for limit in LIMITS {
            for huge in [f32::MAX, 1e-29, 1.0] {
                let row = [huge, -huge, 0.0, huge / 2.0, 0.0, 0.0, 0.0, 0.0];
                let scale = quantize_to(limit, &row, max_abs(&row), &mut out);
                assert_eq!(&out[..3], &[limit as i16, -limit as i16, 0]);
                let error = f64::from(scale) * f64::from(limit) / f64::from(huge) - 1.0;
                assert!(error.abs() < 1e-6);
            }
        }
    }
}
