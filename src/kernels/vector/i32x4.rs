//! Four int32: sums of products.

use super::F32x4;
use core::arch::wasm32::*;
use core::ops::{Add, Sub};

/// Four int32.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct I32x4(pub(super) v128);

impl I32x4 {
    /// Four zeros.
    pub const ZERO: Self = I32x4(i32x4(0, 0, 0, 0));

    /// The same value in all lanes.
    #[inline(always)]
    pub const fn splat(value: i32) -> Self {
        I32x4(i32x4(value, value, value, value))
    }

    /// The lanes in order.
    #[inline(always)]
    pub fn to_array(self) -> [i32; 4] {
        [
            i32x4_extract_lane::<0>(self.0),
            i32x4_extract_lane::<1>(self.0),
            i32x4_extract_lane::<2>(self.0),
            i32x4_extract_lane::<3>(self.0),
        ]
    }

    /// All lanes shifted left by `bits`.
    #[inline(always)]
    pub fn shifted_left(self, bits: u32) -> Self {
        I32x4(i32x4_shl(self.0, bits))
    }

    /// The nearest float32 of each.
    #[inline(always)]
    pub fn to_f32(self) -> F32x4 {
        F32x4(f32x4_convert_i32x4(self.0))
    }

    /// The same bits as float32.
    #[inline(always)]
    pub fn as_f32(self) -> F32x4 {
        F32x4(self.0)
    }

    /// The sum of the lanes.
    #[inline(always)]
    pub fn sum(self) -> i32 {
        let halves = i32x4_add(self.0, i64x2_shuffle::<1, 0>(self.0, self.0));
        i32x4_extract_lane::<0>(halves) + i32x4_extract_lane::<1>(halves)
    }

    /// The sums of four vectors' lanes.
    #[inline(always)]
    pub fn sums([a, b, c, d]: [Self; 4]) -> Self {
        let fold = |a: Self, b: Self| {
            I32x4(i32x4_shuffle::<0, 4, 1, 5>(a.0, b.0))
                + I32x4(i32x4_shuffle::<2, 6, 3, 7>(a.0, b.0))
        };
        let (ab, cd) = (fold(a, b), fold(c, d));
        I32x4(i32x4_shuffle::<0, 1, 4, 5>(ab.0, cd.0))
            + I32x4(i32x4_shuffle::<2, 3, 6, 7>(ab.0, cd.0))
    }
}

impl Add for I32x4 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        I32x4(i32x4_add(self.0, other.0))
    }
}

impl Sub for I32x4 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        I32x4(i32x4_sub(self.0, other.0))
    }
}
