//! Four float32 and their arithmetic.

use super::I32x4;
use core::arch::wasm32::*;
use core::ops::{Add, Div, Mul, Neg, Sub};

/// Four float32.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct F32x4(pub(super) v128);

impl F32x4 {
    /// Four zeros.
    pub const ZERO: Self = F32x4(f32x4(0.0, 0.0, 0.0, 0.0));

    /// The four lanes.
    #[inline(always)]
    pub const fn new(lanes: [f32; 4]) -> Self {
        F32x4(f32x4(lanes[0], lanes[1], lanes[2], lanes[3]))
    }

    /// The same value in all lanes.
    #[inline(always)]
    pub const fn splat(value: f32) -> Self {
        Self::new([value; 4])
    }

    /// The first four values of `slice`, which must have as many.
    #[inline(always)]
    pub fn load(slice: &[f32]) -> Self {
        assert!(slice.len() >= 4);
        // SAFETY: the assert leaves 16 readable bytes.
        unsafe { Self::load_at(slice.as_ptr()) }
    }

    /// Writes the lanes to the first four places of `slice`, which must have as many.
    #[inline(always)]
    pub fn store(self, slice: &mut [f32]) {
        assert!(slice.len() >= 4);
        // SAFETY: the assert leaves 16 writable bytes.
        unsafe { self.store_at(slice.as_mut_ptr()) }
    }

    /// Four values from `from` on.
    ///
    /// # Safety
    /// Sixteen bytes must be readable there.
    #[inline(always)]
    pub unsafe fn load_at(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        F32x4(unsafe { v128_load(from.cast()) })
    }

    /// Writes the lanes from `to` on.
    ///
    /// # Safety
    /// Sixteen bytes must be writable there.
    #[inline(always)]
    pub unsafe fn store_at(self, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { v128_store(to.cast(), self.0) }
    }

    /// The value at `from` in all lanes.
    ///
    /// # Safety
    /// Four bytes must be readable there.
    #[inline(always)]
    pub unsafe fn splat_at(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        F32x4(unsafe { v128_load32_splat(from.cast()) })
    }

    /// The lanes in order.
    #[inline(always)]
    pub fn to_array(self) -> [f32; 4] {
        [
            f32x4_extract_lane::<0>(self.0),
            f32x4_extract_lane::<1>(self.0),
            f32x4_extract_lane::<2>(self.0),
            f32x4_extract_lane::<3>(self.0),
        ]
    }

    /// The smaller of each pair; NaN where either is.
    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        F32x4(f32x4_min(self.0, other.0))
    }

    /// The larger of each pair; NaN where either is.
    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        F32x4(f32x4_max(self.0, other.0))
    }

    /// `other < self ? other : self`: one instruction on x86-64, and a NaN in `self` stays.
    #[inline(always)]
    pub fn pmin(self, other: Self) -> Self {
        F32x4(f32x4_pmin(self.0, other.0))
    }

    /// `self < other ? other : self`: one instruction on x86-64, and a NaN in `self` stays.
    #[inline(always)]
    pub fn pmax(self, other: Self) -> Self {
        F32x4(f32x4_pmax(self.0, other.0))
    }

    /// The magnitudes.
    #[inline(always)]
    pub fn abs(self) -> Self {
        F32x4(f32x4_abs(self.0))
    }

    /// The square roots.
    #[inline(always)]
    pub fn sqrt(self) -> Self {
        F32x4(f32x4_sqrt(self.0))
    }

    /// The nearest integers, ties to even.
    #[inline(always)]
    pub fn nearest(self) -> Self {
        F32x4(f32x4_nearest(self.0))
    }

    /// The integers towards zero; beyond int32's range its ends, and 0 for NaN.
    #[inline(always)]
    pub fn truncated(self) -> I32x4 {
        I32x4(i32x4_trunc_sat_f32x4(self.0))
    }

    /// The same bits as integers.
    #[inline(always)]
    pub fn to_bits(self) -> I32x4 {
        I32x4(self.0)
    }

    /// Each bit from `self` where `mask` has a 1, from `other` where it has a 0.
    #[inline(always)]
    pub fn select(self, other: Self, mask: I32x4) -> Self {
        F32x4(v128_bitselect(self.0, other.0, mask.0))
    }

    /// The sum of the lanes, always in the same order: (0 + 2) + (1 + 3).
    #[inline(always)]
    pub fn sum(self) -> f32 {
        let halves = f32x4_add(self.0, i64x2_shuffle::<1, 0>(self.0, self.0));
        f32x4_extract_lane::<0>(halves) + f32x4_extract_lane::<1>(halves)
    }

    /// The largest lane, of lanes that are all numbers. A maximum of two float32 that minds NaN is a branch
    /// in V8, which is mispredicted half of the time.
    #[inline(always)]
    pub fn largest(self) -> f32 {
        let halves = f32x4_pmax(self.0, i64x2_shuffle::<1, 0>(self.0, self.0));
        f32x4_extract_lane::<0>(f32x4_pmax(halves, i32x4_shuffle::<1, 0, 3, 2>(halves, halves)))
    }

    /// The largest lane in all lanes; NaN where there is one.
    #[inline(always)]
    pub fn splat_largest(self) -> Self {
        let halves = f32x4_max(self.0, i64x2_shuffle::<1, 0>(self.0, self.0));
        F32x4(f32x4_max(halves, i32x4_shuffle::<1, 0, 3, 2>(halves, halves)))
    }

    /// The sums of four vectors' lanes, each in the order (0 + 2) + (1 + 3).
    #[inline(always)]
    pub fn sums([a, b, c, d]: [Self; 4]) -> Self {
        let fold = |a: Self, b: Self| {
            F32x4(i32x4_shuffle::<0, 4, 1, 5>(a.0, b.0))
                + F32x4(i32x4_shuffle::<2, 6, 3, 7>(a.0, b.0))
        };
        let (ab, cd) = (fold(a, b), fold(c, d));
        F32x4(i32x4_shuffle::<0, 1, 4, 5>(ab.0, cd.0))
            + F32x4(i32x4_shuffle::<2, 3, 6, 7>(ab.0, cd.0))
    }
}

impl Add for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        F32x4(f32x4_add(self.0, other.0))
    }
}

impl Sub for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        F32x4(f32x4_sub(self.0, other.0))
    }
}

impl Mul for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        F32x4(f32x4_mul(self.0, other.0))
    }
}

impl Div for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        F32x4(f32x4_div(self.0, other.0))
    }
}

impl Neg for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        F32x4(f32x4_neg(self.0))
    }
}
