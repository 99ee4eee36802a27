//! Eight int16: activations, and weights that have been widened.

use super::I32x4;
use core::arch::wasm32::*;

/// Eight int16.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct I16x8(pub(super) v128);

impl I16x8 {
    /// The same value in all lanes.
    #[inline(always)]
    pub const fn splat(value: i16) -> Self {
        I16x8(i16x8(value, value, value, value, value, value, value, value))
    }

    /// The first eight values of `slice`, which must have as many.
    #[inline(always)]
    pub fn load(slice: &[i16]) -> Self {
        assert!(slice.len() >= 8);
        // SAFETY: the assert leaves 16 readable bytes.
        unsafe { Self::load_at(slice.as_ptr()) }
    }

    /// Writes the lanes to the first eight places of `slice`, which must have as many.
    #[inline(always)]
    pub fn store(self, slice: &mut [i16]) {
        assert!(slice.len() >= 8);
        // SAFETY: the assert leaves 16 writable bytes.
        unsafe { self.store_at(slice.as_mut_ptr()) }
    }

    /// Eight values from `from` on.
    ///
    /// # Safety
    /// Sixteen bytes must be readable there.
    #[inline(always)]
    pub unsafe fn load_at(from: *const i16) -> Self {
        // SAFETY: the caller's promise.
        I16x8(unsafe { v128_load(from.cast()) })
    }

    /// Writes the lanes from `to` on.
    ///
    /// # Safety
    /// Sixteen bytes must be writable there.
    #[inline(always)]
    pub unsafe fn store_at(self, to: *mut i16) {
        // SAFETY: the caller's promise.
        unsafe { v128_store(to.cast(), self.0) }
    }

    /// The two values at `from`, four times.
    ///
    /// # Safety
    /// Four bytes must be readable there.
    #[inline(always)]
    pub unsafe fn splat_pair_at(from: *const i16) -> Self {
        // SAFETY: the caller's promise.
        I16x8(unsafe { v128_load32_splat(from.cast()) })
    }

    /// The first eight int8 of `slice`, which must have as many, widened.
    #[inline(always)]
    pub fn widened(slice: &[i8]) -> Self {
        assert!(slice.len() >= 8);
        // SAFETY: the assert leaves eight readable bytes.
        unsafe { Self::widened_at(slice.as_ptr()) }
    }

    /// Eight int8 from `from` on, widened.
    ///
    /// # Safety
    /// Eight bytes must be readable there.
    #[inline(always)]
    pub unsafe fn widened_at(from: *const i8) -> Self {
        // SAFETY: the caller's promise.
        I16x8(unsafe { i16x8_load_extend_i8x8(from) })
    }

    /// All lanes plus `value`, which wrap.
    #[inline(always)]
    pub fn plus(self, value: i16) -> Self {
        I16x8(i16x8_add(self.0, Self::splat(value).0))
    }

    /// The smaller of each pair.
    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        I16x8(i16x8_min(self.0, other.0))
    }

    /// The larger of each pair.
    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        I16x8(i16x8_max(self.0, other.0))
    }

    /// Lanes as unsigned numbers, shifted right by `bits`.
    #[inline(always)]
    pub fn shifted_right_unsigned(self, bits: u32) -> Self {
        I16x8(u16x8_shr(self.0, bits))
    }

    /// The bits that each lane shares with `mask`.
    #[inline(always)]
    pub fn and(self, mask: i16) -> Self {
        I16x8(v128_and(self.0, Self::splat(mask).0))
    }

    /// Two vectors in one, values beyond int16 at its ends.
    #[inline(always)]
    pub fn narrowed(low: I32x4, high: I32x4) -> Self {
        I16x8(i16x8_narrow_i32x4(low.0, high.0))
    }

    /// The lower four lanes, widened.
    #[inline(always)]
    pub fn low(self) -> I32x4 {
        I32x4(i32x4_extend_low_i16x8(self.0))
    }

    /// The upper four lanes, widened.
    #[inline(always)]
    pub fn high(self) -> I32x4 {
        I32x4(i32x4_extend_high_i16x8(self.0))
    }

    /// Products of lanes, neighbours added: lane i is `self[2i] · other[2i] + self[2i+1] · other[2i+1]`.
    #[inline(always)]
    pub fn dot(self, other: Self) -> I32x4 {
        I32x4(i32x4_dot_i16x8(self.0, other.0))
    }

    /// The lanes of both in turn: the lower four of each, then the upper four.
    #[inline(always)]
    pub fn interleaved(self, other: Self) -> [Self; 2] {
        [
            I16x8(i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(self.0, other.0)),
            I16x8(i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(self.0, other.0)),
        ]
    }

    /// Rows of a 4 × 4 block of pairs to its columns.
    #[inline(always)]
    pub fn transposed_pairs([a, b, c, d]: [Self; 4]) -> [Self; 4] {
        let ab_low = i32x4_shuffle::<0, 4, 1, 5>(a.0, b.0);
        let ab_high = i32x4_shuffle::<2, 6, 3, 7>(a.0, b.0);
        let cd_low = i32x4_shuffle::<0, 4, 1, 5>(c.0, d.0);
        let cd_high = i32x4_shuffle::<2, 6, 3, 7>(c.0, d.0);
        [
            I16x8(i64x2_shuffle::<0, 2>(ab_low, cd_low)),
            I16x8(i64x2_shuffle::<1, 3>(ab_low, cd_low)),
            I16x8(i64x2_shuffle::<0, 2>(ab_high, cd_high)),
            I16x8(i64x2_shuffle::<1, 3>(ab_high, cd_high)),
        ]
    }
}
