//! The loops, each over slices whose lengths it asserts once, outside of the loop.
//!
//! # A row
//! `width` elements, which are a vector's dimension rounded up to [`LANES`], the rest zero; then the
//! row's factor, a float32. A score is the dot product of row and query times the factors of both.
//! A row whose factor is NaN scores NaN, which is never as large as any threshold: that is how
//! JavaScript removes one without moving the others.

mod float32;
mod int8;
#[cfg(test)]
mod tests;

use crate::vector::F32x4;

/// An assert, in release builds too. It traps without a word: messages and the places in the source
/// would take a kilobyte, and what they guard is a layout that JavaScript computes.
macro_rules! require {
    ($condition:expr) => {
        if !$condition {
            core::arch::wasm32::unreachable()
        }
    };
}
pub(crate) use require;

/// Rows and queries hold a whole number of so many elements.
pub const LANES: usize = 16;

/// Rows that pass a query together: each part of the query is loaded once for all of them.
pub const TILE: usize = 4;

const FACTOR_BYTES: usize = size_of::<f32>();

/// What rows are made of: `i8` or `f32`.
pub trait Element: Sized {
    /// What a query is made of.
    type Query;

    /// Dot products of the query with [`TILE`] rows, `step` bytes apart, the first at the start of
    /// `rows`: four float32. A row's product does not depend on its neighbours, to the last bit.
    fn dot(query: &[Self::Query], rows: &[u8], step: usize) -> F32x4;

    /// Writes the elements of a row that points where `vector` does; the lengths are equal and a
    /// multiple of [`LANES`]. Of a vector without a direction, which is zero or not finite, it makes
    /// elements that have no factor.
    fn write(vector: &[f32], elements: &mut [u8]);

    /// The factor that belongs to a row's elements, or `None` where no vector's are such.
    fn factor(elements: &[u8]) -> Option<f32>;
}

/// Turns vectors of `width` numbers into the elements of rows.
pub fn write<E: Element>(vectors: &[f32], width: usize, rows: &mut [u8], stride: usize) {
    check_rows::<E>(rows, stride, width);
    require!(vectors.len() / width == rows.len() / stride);
    let pairs = vectors.chunks_exact(width).zip(rows.chunks_exact_mut(stride));
    for (vector, row) in pairs {
        require!(row.len() >= width * size_of::<E>());
        E::write(vector, &mut row[..width * size_of::<E>()]);
    }
}

/// Gives rows whose elements are there their factors. Returns how many rows are right: the one
/// after these is not.
pub fn seal<E: Element>(rows: &mut [u8], stride: usize, width: usize) -> usize {
    check_rows::<E>(rows, stride, width);
    let mut right = 0;
    for row in rows.chunks_exact_mut(stride) {
        require!(row.len() >= width * size_of::<E>() + FACTOR_BYTES);
        let (elements, rest) = row.split_at_mut(width * size_of::<E>());
        let Some(factor) = E::factor(elements) else { break };
        rest[..FACTOR_BYTES].copy_from_slice(&factor.to_le_bytes());
        right += 1;
    }
    right
}

/// Scores rows and notes those that reach `threshold`, in their order. Returns how many they are.
/// `hits` has room for all rows, `scores` for up to three more.
pub fn scan<E: Element>(
    query: &[E::Query],
    factor: f32,
    rows: &[u8],
    stride: usize,
    threshold: f32,
    scores: &mut [f32],
    hits: &mut [u32],
) -> usize {
    check_rows::<E>(rows, stride, query.len());
    let count = rows.len() / stride;
    require!(hits.len() == count && scores.len() >= count + TILE - 1);
    let mut first = 0;
    while first < count {
        // The last rows pass one by one: a tile without steps is one row, several times.
        let (tile, step) = if count - first < TILE { (1, 0) } else { (TILE, stride) };
        let rows = &rows[first * stride..];
        let factors = factors::<E>(rows, step, query.len()) * F32x4::splat(factor);
        let score = E::dot(query, rows, step) * factors;
        // Rounding may take a cosine past 1. These let NaN pass.
        score.min(F32x4::splat(1.0)).max(F32x4::splat(-1.0)).store(&mut scores[first..]);
        first += tile;
    }
    let mut found = 0;
    for (row, score) in scores[..count].iter().enumerate() {
        if *score >= threshold {
            require!(found < count);
            hits[found] = row as u32;
            found += 1;
        }
    }
    found
}

/// Whole rows, with room for `width` elements and the factor in each.
fn check_rows<E: Element>(rows: &[u8], stride: usize, width: usize) {
    require!(width > 0 && width % LANES == 0);
    require!(stride >= width * size_of::<E>() + FACTOR_BYTES && rows.len() % stride == 0);
}

/// The factors of [`TILE`] rows.
#[inline(always)]
fn factors<E: Element>(rows: &[u8], step: usize, width: usize) -> F32x4 {
    let at = width * size_of::<E>();
    require!(rows.len() >= (TILE - 1) * step + at + FACTOR_BYTES);
    // SAFETY: the assert leaves four readable bytes at the last of these places, and so at all;
    // every bit pattern is a float.
    let factor =
        |row: usize| unsafe { rows.as_ptr().add(row * step + at).cast::<f32>().read_unaligned() };
    F32x4::new([factor(0), factor(1), factor(2), factor(3)])
}

/// The largest magnitude in a vector, in all lanes; NaN where there is a NaN in it.
#[inline(always)]
fn magnitude(vector: &[f32]) -> F32x4 {
    // Of two lanes `max` gives NaN where either is.
    let fours = vector.chunks_exact(4).map(F32x4::load);
    fours.fold(F32x4::ZERO, |max, four| max.max(four.abs())).splat_largest()
}

/// Square root, which `core` does not have.
#[inline(always)]
fn sqrt(value: f32) -> f32 {
    F32x4::splat(value).sqrt().to_array()[0]
}
