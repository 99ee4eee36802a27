//! Self-attention in int16, for int8 weights: twice the products of float32 in an instruction.
//!
//! # What it computes
//! Queries and keys are quantised row by row, values with one scale for all of the text, each to
//! int16; scores are int32 and become float32. Softmax is float32; its weights go back to int16 for
//! their product with the values. Both products are those of [`Tile`]: keys are a panel's outputs, as
//! are then the values' columns.
//!
//! [`QUERY_ROWS`] queries, four tiles, pass together: their scores, 16 × length floats, stay in the
//! first-level cache, and a panel of keys serves all of them. Scores lie panel by panel, as tiles
//! leave them.
//!
//! # Why it cannot overflow
//! - A row of queries or keys is scaled so that its Euclidean length is 32767. By Cauchy and Schwarz no
//!   product of two such rows, nor any part of it, is larger than 32767² < 2³⁰, and rounding adds little
//!   to that. A scale by the largest element would have to leave bits unused for the worst case of each
//!   size.
//! - Weights of a row are scaled so that their sum is at most [`WEIGHT_SUM`] and none is above 32767. The
//!   values lie within ±32767, and rounding adds at most 1/2 to each of the 128 weights of a group, so a
//!   group stays within (65472 + 64) · 32767, which is 2³¹ - 65536 (checked below). The sum of floats that
//!   they are scaled by is itself rounded, each of its four lanes once for every four keys.
//!
//! # Error
//! Rounding of queries and keys moves a score by 1.3e-5 of the product of their lengths (one standard
//! deviation, over √size). In the tests, where scores reach ±24, results stay within 1e-3 of the largest
//! value; MiniLM's vectors keep their mean cosine to float32, 0.99977 on 3,000 sentences, as with float32
//! attention.
//!
//! # Measured
//! GMAC/s beside the float32 form, Chromium 156 on a Zen 5 (ceilings 56 and 28.5):
//!
//! | tokens | 8 | 16 | 32 | 64 | 128 | 256 |
//! |---|---|---|---|---|---|---|
//! | int16 | 5.5 | 10.5 | 16.6 | 22.4 | 26.5 | 28.6 |
//! | float32 | 8.5 | 11.9 | 15.1 | 17.3 | 18.8 | 19.0 |
//!
//! An encode of 256 tokens takes 10 % less time, one of 128 6 %. At 256 half of the kernel's time goes
//! into the two products, a fifth into exp, a tenth each into the largest score with rounding the
//! weights, and into quantising and packing what comes in. Below 16 tokens that last part costs more
//! than the products gain: under 1 % of an encode of 8.
//!
//! Tried without a gain: [`quantize_to`] inlined into its loop, two sums for exp, softmax as a function
//! that wasm-opt does not inline.
//!
//! Beside maps of 7 bits by relaxed SIMD with AVX-VNNI, an encode of 256 tokens takes 5 to 9 % less
//! time without the products of queries and keys, 4 to 8 without those of weights and values, 7 to 15
//! without softmax, 3 to 6 without quantising and packing, 1 to 4 without GELU (thread time in Node 24
//! on a busy Xeon, in turns, two runs of 14 and 16 rounds). Not built, for it would be 4 % of an encode
//! at most and other bits: queries of 7 bits with a zero point and keys of int8, should relaxed SIMD
//! take their products in half the time, as it takes those of maps. The calibrated MiniLM would have a
//! mean cosine to float32 of 0.99971 and a least of 0.9991 on 1,000 sentences (0.99972 and 0.9987 now),
//! and a mean of 0.99947 on odd texts (0.99949); with queries of 14 bits 0.99972 and 0.99950. Tried
//! without a measurable gain: exp₂ of degree 3 without the search for the largest score; a GELU of
//! degree 3 by 4.

use crate::attention::AttentionHead;
use crate::buffer::Buffer;
use crate::dot::{Int14, Tile};
use crate::normalize::euclidean_length;
use crate::pack::{GROUP, PAIR, PANEL, PackedRows, TILE_ROWS, interleave_rows, pack_rows};
use crate::padded;
use crate::quantize::{INT16_MAX, max_abs, quantize_to};
use crate::softmax::{QUERY_ROWS, WEIGHT_SUM, int16_weights};
use crate::vector::{F32x4, I16x8};

/// Elements of a panel that meet one pair of inputs.
const STEP: usize = PANEL * PAIR;
const ONES: [f32; PANEL] = [1.0; PANEL];
const _: () =
    assert!((WEIGHT_SUM as i64 + GROUP as i64 / 2) * (INT16_MAX as i64) < i32::MAX as i64);

/// Memory that [`attend`] works in.
#[derive(Default)]
pub struct AttentionScratch {
    /// Rows of queries, keys or values; later the weights of [`QUERY_ROWS`] queries.
    rows: Buffer<i16>,
    /// Packed rows, and one scale for each.
    queries: Buffer<i16>,
    query_scales: Buffer<f32>,
    /// Panels of keys × pairs of elements × [`STEP`], and one scale for each key.
    keys: Buffer<i16>,
    key_scales: Buffer<f32>,
    /// Panels of columns × pairs of tokens × [`STEP`].
    values: Buffer<i16>,
    /// Panels of keys × [`QUERY_ROWS`] × [`PANEL`].
    scores: Buffer<f32>,
    /// The weights of [`QUERY_ROWS`] queries, packed.
    weights: Buffer<i16>,
}

/// Writes `softmax(q · kᵀ / √size + bias) · v` for every token to `out`, `size` values per row,
/// `out_stride` apart.
#[inline(never)]
pub fn attend(
    head: &AttentionHead,
    scratch: &mut AttentionScratch,
    out: &mut [f32],
    out_stride: usize,
) {
    let (length, size) = (head.length, head.size);
    let (width, columns) = (padded(size), padded(length));
    scratch.read(head, width, columns);
    let value_scale = scratch.read_values(head, width, columns);

    // exp is taken to the base of 2.
    let factor = std::f32::consts::LOG2_E / (size as f32).sqrt();
    for first in (0..length).step_by(QUERY_ROWS) {
        let count = QUERY_ROWS.min(length - first);
        let queries = PackedRows {
            values: &scratch.queries[first * width..],
            tiles: count.div_ceil(TILE_ROWS),
            inputs: width,
        };
        for panel in 0..columns / PANEL {
            let tile = Tile {
                weights: &scratch.keys[panel * PANEL * width..][..PANEL * width],
                scales: &scratch.key_scales[panel * PANEL..],
                row_scales: &[],
                begins: true,
            };
            tile.run::<Int14>(&queries, 0, &mut scratch.scores[panel * QUERY_ROWS * PANEL..]);
        }
        let mut scales = [0.0; QUERY_ROWS];
        for (row, scale) in scales[..count].iter_mut().enumerate() {
            let factor = factor * scratch.query_scales[first + row];
            let weights = &mut scratch.rows[row * columns..][..columns];
            let scores = &mut scratch.scores;
            let factor = match head.bias {
                [] => factor,
                _ => {
                    add_bias(scores, row, factor, head.bias_of(first + row));
                    1.0
                }
            };
            *scale = value_scale * int16_weights(scores, row, length, factor, weights);
        }
        let weights = pack_rows(&scratch.rows, columns, count, columns, &mut scratch.weights);
        let mut totals = [0.0; QUERY_ROWS * PANEL];
        for panel in 0..width / PANEL {
            let values = &scratch.values[panel * columns * PANEL..][..columns * PANEL];
            for (group, values) in values.chunks(GROUP * PANEL).enumerate() {
                let begins = group == 0;
                let tile = Tile { weights: values, scales: &ONES, row_scales: &[], begins };
                tile.run::<Int14>(&weights, group * GROUP, &mut totals);
            }
            let place = panel * PANEL..size.min((panel + 1) * PANEL);
            let rows = out[first * out_stride..].chunks_mut(out_stride);
            for ((row, totals), &scale) in
                rows.zip(totals.chunks_exact(PANEL)).zip(&scales[..count])
            {
                write(&mut row[place.clone()], totals, scale);
            }
        }
    }
}

impl AttentionScratch {
    /// Makes room, and reads queries and keys.
    #[inline(never)]
    fn read(&mut self, head: &AttentionHead, width: usize, columns: usize) {
        self.rows.grow(columns * width.max(QUERY_ROWS));
        for packed in [&mut self.queries, &mut self.keys, &mut self.values] {
            packed.grow(columns * width);
        }
        self.weights.grow(columns * QUERY_ROWS);
        self.scores.grow(columns * QUERY_ROWS);
        for scales in [&mut self.query_scales, &mut self.key_scales] {
            scales.grow(columns);
        }
        quantize(head, 0, &mut self.rows, &mut self.query_scales);
        pack_rows(&self.rows, width, head.length, width, &mut self.queries);
        quantize(head, 1, &mut self.rows, &mut self.key_scales);
        let last = head.length - 1;
        for (index, panel) in
            self.keys[..columns * width].chunks_exact_mut(PANEL * width).enumerate()
        {
            for half in 0..2 {
                let first = last.min(PANEL * index + TILE_ROWS * half);
                let rows = &self.rows[first * width..];
                let to = &mut panel[STEP / 2 * half..];
                interleave_rows(rows, width, head.length - first, width, to, STEP);
            }
        }
    }

    /// Returns the scale of the values. What comes behind the last one meets weights of 0.
    #[inline(never)]
    fn read_values(&mut self, head: &AttentionHead, width: usize, columns: usize) -> f32 {
        let largest = (0..head.length).map(|token| max_abs(head.row(2, token))).fold(0.0, f32::max);
        let mut scale = 0.0;
        for (token, to) in self.rows.chunks_exact_mut(width).take(head.length).enumerate() {
            scale = quantize_to(INT16_MAX, head.row(2, token), largest, to);
        }
        let slots = self.values[..columns * width].chunks_exact_mut(STEP).enumerate();
        for (index, slot) in slots {
            let (panel, pair) = (index / (columns / 2), index % (columns / 2));
            let even = &self.rows[2 * pair * width + panel * PANEL..];
            let [low, high] = I16x8::load(even).interleaved(I16x8::load(&even[width..]));
            low.store(slot);
            high.store(&mut slot[8..]);
        }
        scale
    }
}

/// Quantises the queries (`part` 0) or keys (1) of all tokens, row by row.
#[inline(never)]
fn quantize(head: &AttentionHead, part: usize, rows: &mut [i16], scales: &mut [f32]) {
    let rows = rows.chunks_exact_mut(padded(head.size)).zip(scales).take(head.length);
    for (token, (to, scale)) in rows.enumerate() {
        let row = head.row(part, token);
        *scale = quantize_to(INT16_MAX, row, euclidean_length(row), to);
    }
}

/// Replaces the scores of one query with `score · factor + bias`, to the base of 2.
#[inline(never)]
fn add_bias(scores: &mut [f32], row: usize, factor: f32, bias: &[f32]) {
    for (panel, bias) in scores.chunks_exact_mut(QUERY_ROWS * PANEL).zip(bias.chunks(PANEL)) {
        let scores = panel[row * PANEL..].iter_mut();
        scores.zip(bias).for_each(|(score, bias)| {
            *score = *score * factor + bias * std::f32::consts::LOG2_E;
        });
    }
}

/// `row = totals · scale`, as far as the row goes.
#[inline(always)]
fn write(row: &mut [f32], totals: &[f32], scale: f32) {
    if row.len() == PANEL {
        for (to, totals) in row.chunks_exact_mut(4).zip(totals.chunks_exact(4)) {
            (F32x4::load(totals) * F32x4::splat(scale)).store(to);
        }
    } else {
        for (to, total) in row.iter_mut().zip(totals) {
            *to = total * scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attention::tests::{biases, case, scalar};
    use crate::testing::{Canaried, assert_close};
    use wasm_bindgen_test::wasm_bindgen_test;

    /// Of the largest value, 3 in these cases.
    const TOLERANCE: f32 = 3.0 * 1e-3;

    #[wasm_bindgen_test]
    fn is_near_its_scalar_twin_and_leaves_the_rest_alone() {
        // One scratch for all, so that what a longer text leaves behind would show.
        let mut scratch = AttentionScratch::default();
        for length in [300, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 127, 128, 129, 140] {
            for size in [32, 1, 4, 6, 8, 12, 33, 64] {
                let (qkv, stride, offsets) = case(length, size);
                for bias in &biases(length) {
                    let head = AttentionHead { qkv: &qkv, stride, offsets, length, size, bias };
                    let mut out = Canaried::new(length * size, f32::MAX);
                    attend(&head, &mut scratch, out.inner(), size);
                    out.check();
                    assert_close(out.inner(), &scalar(&head), TOLERANCE);
                }
            }
        }
    }

    fn attended(qkv: &[f32], length: usize) -> Vec<f32> {
        let head =
            AttentionHead { qkv, stride: 24, offsets: [0, 8, 16], length, size: 8, bias: &[] };
        let mut out = vec![0.0; length * 8];
        attend(&head, &mut AttentionScratch::default(), &mut out, 8);
        out
    }

    #[wasm_bindgen_test]
    fn the_largest_sums_do_not_overflow() {
        // Parallel queries and keys give the largest scores, equal ones the most weights that count,
        // and values are at their limit.
        for length in [1, 100, 128, 512, 1000] {
            for (query, value) in [(1e4, 2.0), (1e4, -2.0), (0.0, 2.0), (-1e-20, 2.0)] {
                let mut qkv = vec![value; length * 24];
                qkv.chunks_mut(24).for_each(|row| row[..16].fill(query));
                assert_close(&attended(&qkv, length), &vec![value; length * 8], 1e-4);
            }
        }
    }

    #[wasm_bindgen_test]
    fn one_key_that_fits_takes_all_and_keys_past_the_end_nothing() {
        let mut qkv = vec![0.0; 3 * 24];
        qkv[0] = 40.0;
        for (token, row) in qkv.chunks_mut(24).enumerate() {
            // Only the second key has a score above those of the keys that only fill the panel.
            row[8] = if token == 1 { -1.0 } else { -60.0 };
            row[16..].fill(token as f32 + 1.0);
        }
        let out = attended(&qkv, 3);
        assert_close(&out[..8], &[2.0; 8], 1e-4);
        assert_close(&out[8..16], &[2.0; 8], 1e-4);
    }
}
