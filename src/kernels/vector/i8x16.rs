//! Sixteen int8, or as many bytes.

use super::{F32x4, I16x8};
use core::arch::wasm32::*;

/// Sixteen int8.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct I8x16(pub(super) v128);

impl I8x16 {
    /// Two vectors in one, values beyond int8 at its ends.
    #[inline(always)]
    pub fn narrowed(low: I16x8, high: I16x8) -> Self {
        I8x16(i8x16_narrow_i16x8(low.0, high.0))
    }

    /// The second and third of four runs of four lanes change places.
    #[inline(always)]
    pub fn middle_swapped(self) -> Self {
        I8x16(i32x4_shuffle::<0, 2, 1, 3>(self.0, self.0))
    }

    /// The first sixteen of `bytes`, which must have as many.
    #[inline(always)]
    pub fn load(bytes: &[u8]) -> Self {
        assert!(bytes.len() >= 16);
        // SAFETY: the assert leaves 16 readable bytes.
        I8x16(unsafe { v128_load(bytes.as_ptr().cast()) })
    }

    /// Writes the lanes to the first sixteen of `bytes`, which must have as many.
    #[inline(always)]
    pub fn store(self, bytes: &mut [u8]) {
        assert!(bytes.len() >= 16);
        // SAFETY: the assert leaves 16 writable bytes.
        unsafe { v128_store(bytes.as_mut_ptr().cast(), self.0) }
    }

    /// The lower eight lanes, widened.
    #[inline(always)]
    pub fn low(self) -> I16x8 {
        I16x8(i16x8_extend_low_i8x16(self.0))
    }

    /// The upper eight lanes, widened.
    #[inline(always)]
    pub fn high(self) -> I16x8 {
        I16x8(i16x8_extend_high_i8x16(self.0))
    }

    /// The same bits as four float32.
    #[inline(always)]
    pub fn as_f32(self) -> F32x4 {
        F32x4(self.0)
    }

    /// The bits of four float32.
    #[inline(always)]
    pub fn from_f32(value: F32x4) -> Self {
        I8x16(value.0)
    }
}
