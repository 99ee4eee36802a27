//! Rows of int8, queries of int16.
//!
//! # Elements and factor
//! `round(127 · x / max |x|)`; the factor is one by the length of the row so rounded. A score is
//! thereby the exact cosine of two rounded vectors, and the factor follows from the elements: it
//! need not be kept in files.
//!
//! # Why it can't overflow
//! JavaScript rounds queries to magnitudes of at most (2³¹ − 1) / (128 · width), so that the sum of
//! all products fits into int32, and the sum of any lane with it. The sum of a row's squares stays
//! below 128² · width < 2³¹ for every width up to 131,071 ([`MAX_WIDTH`]).

use super::{load, magnitude, require, sqrt, sum_i32, Element, LANES, TILE};
use core::arch::wasm32::*;

const MAX_WIDTH: usize = 131_071;

impl Element for i8 {
    type Query = i16;

    #[inline(always)]
    fn dot(query: &[i16], rows: &[u8], step: usize) -> v128 {
        let width = query.len();
        require!(width % LANES == 0 && rows.len() >= (TILE - 1) * step + width);
        let mut sums = [i32x4_splat(0); TILE];
        for at in (0..width).step_by(LANES) {
            // SAFETY: `at + LANES <= width`, the query's length: 32 readable bytes.
            let (low, high) = unsafe {
                let query = query.as_ptr().add(at).cast::<v128>();
                (v128_load(query), v128_load(query.add(1)))
            };
            for (row, sum) in sums.iter_mut().enumerate() {
                // SAFETY: `row < TILE` and `at + LANES <= width`, so by the assert above 16 bytes are
                // readable from there; these loads need no alignment.
                let (first, second) = unsafe {
                    let elements = rows.as_ptr().add(row * step + at);
                    (
                        i16x8_load_extend_i8x8(elements.cast()),
                        i16x8_load_extend_i8x8(elements.add(8).cast()),
                    )
                };
                *sum = i32x4_add(*sum, i32x4_dot_i16x8(first, low));
                *sum = i32x4_add(*sum, i32x4_dot_i16x8(second, high));
            }
        }
        let [a, b, c, d] = sums;
        let (ab, cd) = (fold(a, b), fold(c, d));
        let even = i32x4_shuffle::<0, 1, 4, 5>(ab, cd);
        f32x4_convert_i32x4(i32x4_add(even, i32x4_shuffle::<2, 3, 6, 7>(ab, cd)))
    }

    #[inline(always)]
    fn write(vector: &[f32], elements: &mut [u8]) {
        require!(vector.len() % LANES == 0 && vector.len() == elements.len());
        let magnitude = magnitude(vector);
        // Zero by zero, and infinity by infinity, give NaN, and that gives 0.
        // By the magnitude first: of a subnormal number 127 / magnitude would be infinite.
        let round = |four: &[f32]| {
            let scaled = f32x4_mul(f32x4_div(load(four), magnitude), f32x4_splat(127.0));
            i32x4_trunc_sat_f32x4(f32x4_nearest(scaled))
        };
        for (from, to) in vector.chunks_exact(LANES).zip(elements.chunks_exact_mut(LANES)) {
            let low = i16x8_narrow_i32x4(round(&from[0..4]), round(&from[4..8]));
            let high = i16x8_narrow_i32x4(round(&from[8..12]), round(&from[12..16]));
            // SAFETY: `to` has 16 bytes; v128 stores need no alignment.
            unsafe { v128_store(to.as_mut_ptr().cast(), i8x16_narrow_i16x8(low, high)) };
        }
    }

    #[inline(always)]
    fn factor(elements: &[u8]) -> Option<f32> {
        require!(elements.len() <= MAX_WIDTH);
        let squares = elements.chunks_exact(LANES).fold(i32x4_splat(0), |sum, part| {
            // SAFETY: `part` has 16 bytes; v128 loads need no alignment.
            let part = unsafe { v128_load(part.as_ptr().cast()) };
            let (low, high) = (i16x8_extend_low_i8x16(part), i16x8_extend_high_i8x16(part));
            i32x4_add(sum, i32x4_add(i32x4_dot_i16x8(low, low), i32x4_dot_i16x8(high, high)))
        });
        let squares = sum_i32(squares);
        (squares > 0).then(|| 1.0 / sqrt(squares as f32))
    }
}

/// Upper and lower halves of two vectors added: a₀ + a₂, b₀ + b₂, a₁ + a₃, b₁ + b₃.
#[inline(always)]
fn fold(a: v128, b: v128) -> v128 {
    i32x4_add(i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<2, 6, 3, 7>(a, b))
}
