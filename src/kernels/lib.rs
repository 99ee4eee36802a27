//! The loops that take the time, in WebAssembly SIMD128, and the only place with `unsafe`.
//!
//! Every public function here is safe: it checks the lengths it relies on with real asserts, once
//! per call and outside its loops. Each has a scalar twin in its tests.
//!
//! Rows of activations are padded to a multiple of [`LANE_PAD`] elements, and the padding is zero
//! or meets zero weights, so that the loops only see whole vectors.
//!
//! - [`vector`]: the vectors that everything else is written in, [`span`]: how lengths are checked,
//!   [`pack`]: how matrices lie in memory, [`buffer`]: aligned memory
//! - [`dot`]: products of integers, one file for each instruction set, and [`trial`], which runs the
//!   same map by each
//! - [`matmul_int8`], [`matmul_f32`]: linear maps; [`attention_int16`], [`attention_f32`] with
//!   [`softmax`] and [`exp`]
//! - [`checksum`]: of what was stored
//! - row by row: [`quantize`], [`quantize_weights`], [`embedding`], [`layer_norm`], [`activation`],
//!   [`elementwise`], [`normalize`]
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]

pub mod activation;
pub mod attention;
pub mod attention_f32;
pub mod attention_int16;
pub mod buffer;
pub mod checksum;
pub mod dot;
pub mod elementwise;
pub mod embedding;
pub mod exp;
pub mod layer_norm;
pub mod matmul_f32;
pub mod matmul_int8;
pub mod normalize;
pub mod pack;
pub mod quantize;
pub mod quantize_weights;
pub mod rotary;
pub mod softmax;
pub mod span;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod trial;
pub mod vector;

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// Rows are padded to this many elements: two vectors of four float32, one of eight int16.
pub const LANE_PAD: usize = 8;

/// `n` rounded up to a whole number of [`LANE_PAD`] elements.
pub fn padded(n: usize) -> usize {
    n.next_multiple_of(LANE_PAD)
}

/// A distance for rows of `width` float32 of which columns are read, as attention does: an odd
/// number of cache lines, so that a column's elements lie in all sets of the first-level cache and
/// not in a few.
pub fn spread(width: usize) -> usize {
    const LINE: usize = 16;
    (width.div_ceil(LINE) | 1) * LINE
}
