//! Rows and queries of float32.
//!
//! Elements are `x / max |x|`, so that squares neither overflow nor vanish whatever the vector's
//! length was, and the factor is one by the row's length.

use super::{load, magnitude, require, sqrt, sum_f32, Element, LANES, TILE};
use core::arch::wasm32::*;

impl Element for f32 {
    type Query = f32;

    #[inline(always)]
    fn dot(query: &[f32], rows: &[u8], step: usize) -> v128 {
        let width = query.len();
        require!(width % LANES == 0 && rows.len() >= (TILE - 1) * step + size_of_val(query));
        let mut sums = [f32x4_splat(0.0); TILE];
        for at in (0..width).step_by(4) {
            // SAFETY: `at + 4 <= width`, the query's length: 16 readable bytes.
            let query = unsafe { v128_load(query.as_ptr().add(at).cast()) };
            for (row, sum) in sums.iter_mut().enumerate() {
                // SAFETY: `at + 4 <= width` and `row < TILE`, so by the assert above 16 bytes are
                // readable from there; v128 loads need no alignment.
                let elements = unsafe { v128_load(rows.as_ptr().add(row * step + 4 * at).cast()) };
                *sum = f32x4_add(*sum, f32x4_mul(query, elements));
            }
        }
        let [a, b, c, d] = sums;
        let (ab, cd) = (fold(a, b), fold(c, d));
        f32x4_add(i32x4_shuffle::<0, 1, 4, 5>(ab, cd), i32x4_shuffle::<2, 3, 6, 7>(ab, cd))
    }

    #[inline(always)]
    fn write(vector: &[f32], elements: &mut [u8]) {
        require!(vector.len() % LANES == 0 && size_of_val(vector) == elements.len());
        let magnitude = magnitude(vector);
        for (from, to) in vector.chunks_exact(4).zip(elements.chunks_exact_mut(16)) {
            // Zero by zero, and infinity by infinity, give NaN.
            // SAFETY: `to` has 16 bytes; v128 stores need no alignment.
            unsafe { v128_store(to.as_mut_ptr().cast(), f32x4_div(load(from), magnitude)) };
        }
    }

    #[inline(always)]
    fn factor(elements: &[u8]) -> Option<f32> {
        let squares = elements.chunks_exact(16).fold(f32x4_splat(0.0), |sum, part| {
            // SAFETY: `part` has 16 bytes; v128 loads need no alignment.
            let v = unsafe { v128_load(part.as_ptr().cast()) };
            f32x4_add(sum, f32x4_mul(v, v))
        });
        let squares = sum_f32(squares);
        // False for NaN.
        (squares > 0.0 && squares <= f32::MAX).then(|| 1.0 / sqrt(squares))
    }
}

/// Upper and lower halves of two vectors added: a₀ + a₂, b₀ + b₂, a₁ + a₃, b₁ + b₃.
#[inline(always)]
fn fold(a: v128, b: v128) -> v128 {
    f32x4_add(i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<2, 6, 3, 7>(a, b))
}
