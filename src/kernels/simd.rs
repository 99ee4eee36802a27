//! Small pieces that several kernels share.

use super::require;
use core::arch::wasm32::*;

/// The sum of four lanes, always in the same order: (0 + 2) + (1 + 3).
#[inline(always)]
pub fn sum_lanes(v: v128) -> f32 {
    let halves = f32x4_add(v, i64x2_shuffle::<1, 0>(v, v));
    f32x4_extract_lane::<0>(halves) + f32x4_extract_lane::<1>(halves)
}

/// The largest of four lanes.
#[inline(always)]
pub fn max_lanes(v: v128) -> f32 {
    let halves = f32x4_max(v, i64x2_shuffle::<1, 0>(v, v));
    f32x4_extract_lane::<0>(halves).max(f32x4_extract_lane::<1>(halves))
}

/// The four values at the start of `slice`.
#[inline(always)]
pub fn load(slice: &[f32]) -> v128 {
    require!(slice.len() >= 4);
    // SAFETY: the assert leaves 16 readable bytes; v128 loads need no alignment.
    unsafe { v128_load(slice.as_ptr().cast()) }
}

/// Writes four values to the start of `slice`.
#[inline(always)]
pub fn store(slice: &mut [f32], value: v128) {
    require!(slice.len() >= 4);
    // SAFETY: the assert leaves 16 writable bytes; v128 stores need no alignment.
    unsafe { v128_store(slice.as_mut_ptr().cast(), value) }
}

/// Rows of a 4 × 4 block of 32-bit lanes to its columns.
#[inline(always)]
pub fn transpose([a, b, c, d]: [v128; 4]) -> [v128; 4] {
    let ab_low = i32x4_shuffle::<0, 4, 1, 5>(a, b);
    let ab_high = i32x4_shuffle::<2, 6, 3, 7>(a, b);
    let cd_low = i32x4_shuffle::<0, 4, 1, 5>(c, d);
    let cd_high = i32x4_shuffle::<2, 6, 3, 7>(c, d);
    [
        i64x2_shuffle::<0, 2>(ab_low, cd_low),
        i64x2_shuffle::<1, 3>(ab_low, cd_low),
        i64x2_shuffle::<0, 2>(ab_high, cd_high),
        i64x2_shuffle::<1, 3>(ab_high, cd_high),
    ]
}
