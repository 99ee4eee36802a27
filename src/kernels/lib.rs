//! The loops that take the time, in WebAssembly SIMD128, and the only place with `unsafe`.
//!
//! Every public function here is safe: it checks the lengths it relies on with real asserts, once
//! per call and outside its loops. Each has a scalar twin in its tests.
//!
//! The engine around this crate is compiled for size. What is called from there is never inlined,
//! or it would be too.
//!
//! Rows of activations are padded to a multiple of [`LANE_PAD`] elements, and the padding is zero
//! or meets zero weights, so that the loops only see whole vectors.

pub mod activation;
pub mod attention;
pub mod attention_f32;
pub mod attention_int16;
pub mod buffer;
mod dot_tile;
pub mod embedding;
pub mod exp;
pub mod layer_norm;
pub mod matmul_f32;
pub mod matmul_int8;
pub mod pool;
pub mod quantize;
pub mod quantize_weights;
mod simd;
pub mod span;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// An assert, in release builds too, with one message for all: what they guard is the lengths that a
/// loop relies on, and as many texts would take 2 KB.
macro_rules! require {
    ($condition:expr) => {
        if !$condition {
            crate::does_not_fit()
        }
    };
}
use require;

#[cold]
#[inline(never)]
#[track_caller]
fn does_not_fit() -> ! {
    panic!("a kernel was given rows that do not fit each other")
}

/// Rows are padded to this many elements: two vectors of four float32, one of eight int16.
pub const LANE_PAD: usize = 8;

/// `n` rounded up to a whole number of [`LANE_PAD`] elements.
pub fn padded(n: usize) -> usize {
    n.next_multiple_of(LANE_PAD)
}

/// A distance for rows of `width` float32 of which columns are read, as attention does: an odd
/// number of cache lines, so that a column's elements lie in all sets of the first-level cache and not in a few.
pub fn spread(width: usize) -> usize {
    const LINE: usize = 16;
    (width.div_ceil(LINE) | 1) * LINE
}
