//! Rows of int8, queries of int16.
//!
//! # Elements and factor
//! `round(127 · x / max |x|)`; the factor is one by the length of the row so rounded. A score is
//! thereby the exact cosine of two rounded vectors, and the factor follows from the elements: it
//! need not be kept in files.
//!
//! # Why it cannot overflow
//! JavaScript rounds queries to magnitudes of at most (2³¹ − 1) / (128 · width), so that the sum of
//! all products fits into int32, and the sum of any lane with it. The sum of a row's squares stays
//! below 128² · width < 2³¹ for every width up to 131,071 ([`MAX_WIDTH`]).

use super::{Element, LANES, TILE, magnitude, require, sqrt};
use crate::vector::{F32x4, I8x16, I16x8, I32x4};

const MAX_WIDTH: usize = 131_071;

impl Element for i8 {
    type Query = i16;

    #[inline(always)]
    fn dot(query: &[i16], rows: &[u8], step: usize) -> F32x4 {
        let width = query.len();
        require!(width % LANES == 0 && rows.len() >= (TILE - 1) * step + width);
        let mut sums = [I32x4::ZERO; TILE];
        for at in (0..width).step_by(LANES) {
            // SAFETY: `at + LANES <= width`, the query's length: 32 readable bytes.
            let (low, high) = unsafe {
                let query = query.as_ptr().add(at);
                (I16x8::load_at(query), I16x8::load_at(query.add(8)))
            };
            for (row, sum) in sums.iter_mut().enumerate() {
                // SAFETY: `row < TILE` and `at + LANES <= width`, so by the assert above 16 bytes are
                // readable from there; loads need no alignment.
                let (first, second) = unsafe {
                    let elements = rows.as_ptr().add(row * step + at).cast();
                    (I16x8::widened_at(elements), I16x8::widened_at(elements.add(8)))
                };
                *sum = *sum + first.dot(low);
                *sum = *sum + second.dot(high);
            }
        }
        I32x4::sums(sums).to_f32()
    }

    #[inline(always)]
    fn write(vector: &[f32], elements: &mut [u8]) {
        require!(vector.len() % LANES == 0 && vector.len() == elements.len());
        let magnitude = magnitude(vector);
        // Zero by zero, and infinity by infinity, give NaN, and that gives 0.
        // By the magnitude first: of a subnormal number 127 / magnitude would be infinite.
        let round = |four: &[f32]| {
            (F32x4::load(four) / magnitude * F32x4::splat(127.0)).nearest().truncated()
        };
        for (from, to) in vector.chunks_exact(LANES).zip(elements.chunks_exact_mut(LANES)) {
            let low = I16x8::narrowed(round(&from[0..4]), round(&from[4..8]));
            let high = I16x8::narrowed(round(&from[8..12]), round(&from[12..16]));
            I8x16::narrowed(low, high).store(to);
        }
    }

    #[inline(always)]
    fn factor(elements: &[u8]) -> Option<f32> {
        require!(elements.len() <= MAX_WIDTH);
        let squares = elements.chunks_exact(LANES).fold(I32x4::ZERO, |sum, part| {
            let part = I8x16::load(part);
            let (low, high) = (part.low(), part.high());
            sum + (low.dot(low) + high.dot(high))
        });
        let squares = squares.sum();
        (squares > 0).then(|| 1.0 / sqrt(squares as f32))
    }
}
