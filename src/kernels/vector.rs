//! The vectors that the kernels are written in. This is the only file that names WebAssembly's
//! SIMD instructions, and all loads and stores are here.
//!
//! `load` and `store` take slices and check them; where a loop has checked its extents already there
//! are the unsafe `load_at` and `store_at`. No address needs an alignment.

use core::arch::wasm32::*;
use core::ops::{Add, Div, Mul, Neg, Sub};

/// Four float32.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct F32x4(v128);

/// Four int32.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct I32x4(v128);

/// Eight int16.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct I16x8(v128);

/// Sixteen int8.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct I8x16(v128);

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

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn lanes_are_added_in_the_stated_order() {
        // In any other order the small lanes would be lost beside the large ones.
        let lanes = F32x4::new([1e8, 3.0, -1e8, 4.0]);
        assert_eq!(lanes.sum(), 7.0);
        assert_eq!(
            F32x4::sums([lanes, F32x4::ZERO, F32x4::splat(1.0), lanes]).to_array(),
            [7.0, 0.0, 4.0, 7.0]
        );
        let integers = I32x4::splat(3) - I32x4::splat(1);
        assert_eq!((integers.sum(), I32x4::sums([integers; 4]).to_array()), (8, [8; 4]));
    }

    #[wasm_bindgen_test]
    fn the_largest_lane_may_be_any() {
        for at in 0..4 {
            let mut lanes = [-3.0, -4.0, -5.0, -6.0];
            lanes[at] = -1.0;
            assert_eq!(F32x4::new(lanes).largest(), -1.0);
            assert_eq!(F32x4::new(lanes).splat_largest().to_array(), [-1.0; 4]);
            lanes[at] = f32::NAN;
            assert!(F32x4::new(lanes).splat_largest().to_array().iter().all(|x| x.is_nan()));
        }
    }

    #[wasm_bindgen_test]
    fn pairs_are_transposed_and_lanes_interleaved() {
        let rows: [[i16; 8]; 4] = core::array::from_fn(|row| {
            core::array::from_fn(|column| 10 * row as i16 + column as i16)
        });
        let columns = I16x8::transposed_pairs(rows.map(|row| I16x8::load(&row)));
        for (pair, column) in columns.into_iter().enumerate() {
            let mut found = [0; 8];
            column.store(&mut found);
            let expected: [i16; 8] = core::array::from_fn(|i| rows[i / 2][2 * pair + i % 2]);
            assert_eq!(found, expected);
        }
        let both = I16x8::load(&rows[0]).interleaved(I16x8::load(&rows[1]));
        let mut found = [0; 16];
        both[0].store(&mut found);
        both[1].store(&mut found[8..]);
        assert_eq!(found, [0, 10, 1, 11, 2, 12, 3, 13, 4, 14, 5, 15, 6, 16, 7, 17]);
    }

    #[wasm_bindgen_test]
    fn widths_change_without_loss_within_range() {
        let bytes = [-128, 127, -1, 0, 1, 2, 3, 4];
        let wide = I16x8::widened(&bytes);
        assert_eq!(wide.low().to_array(), [-128, 127, -1, 0]);
        assert_eq!(wide.high().to_array(), [1, 2, 3, 4]);
        let mut back = [0u8; 16];
        I8x16::narrowed(wide, I16x8::splat(300)).store(&mut back);
        assert_eq!(back[..8], bytes.map(|x: i8| x as u8));
        assert_eq!(back[8..], [127; 8]);
        let again = I8x16::load(&back);
        assert_eq!(again.low().low().to_array(), wide.low().to_array());
        assert_eq!(again.high().high().to_array(), [127; 4]);
    }
}
