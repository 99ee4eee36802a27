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
