//! Rows and queries of float32.
//!
//! Elements are `x / max |x|`, so that squares neither overflow nor vanish whatever the vector's
//! length was, and the factor is one by the row's length.

use super::{Element, LANES, TILE, magnitude, require, sqrt};
use crate::vector::{F32x4, I8x16};

impl Element for f32 {
    type Query = f32;

    #[inline(always)]
    fn dot(query: &[f32], rows: &[u8], step: usize) -> F32x4 {
        let width = query.len();
        require!(width % LANES == 0 && rows.len() >= (TILE - 1) * step + size_of_val(query));
        let mut sums = [F32x4::ZERO; TILE];
        for at in (0..width).step_by(4) {
            // SAFETY: `at + 4 <= width`, the query's length: 16 readable bytes.
            let query = unsafe { F32x4::load_at(query.as_ptr().add(at)) };
            for (row, sum) in sums.iter_mut().enumerate() {
                // SAFETY: `at + 4 <= width` and `row < TILE`, so by the assert above 16 bytes are
                // readable from there; loads need no alignment.
                let elements =
                    unsafe { F32x4::load_at(rows.as_ptr().add(row * step + 4 * at).cast()) };
                *sum = *sum + query * elements;
            }
        }
        F32x4::sums(sums)
    }

    #[inline(always)]
    fn write(vector: &[f32], elements: &mut [u8]) {
        require!(vector.len() % LANES == 0 && size_of_val(vector) == elements.len());
        let magnitude = magnitude(vector);
        for (from, to) in vector.chunks_exact(4).zip(elements.chunks_exact_mut(16)) {
            // Zero by zero, and infinity by infinity, give NaN.
            I8x16::from_f32(F32x4::load(from) / magnitude).store(to);
        }
    }

    #[inline(always)]
    fn factor(elements: &[u8]) -> Option<f32> {
        let fours = elements.chunks_exact(16).map(|part| I8x16::load(part).as_f32());
        let squares = fours.fold(F32x4::ZERO, |sum, v| sum + v * v).sum();
        // False for NaN.
        (squares > 0.0 && squares <= f32::MAX).then(|| 1.0 / sqrt(squares))
    }
}
