//! Rows × int8 weights, the map that takes nine tenths of an encode.
//!
//! # What it computes
//! Rows come in float32 and become integers `a` first, in one of the two forms of [`crate::dot::Form`],
//! which the matrix names. For `m` rows, `n` outputs and groups `g` of inputs:
//!
//! - 14 bits: `out[m][n] = a_scale[m] · Σ_g scale[n][g] · Σ_{k in g} a[m][k] · w[n][k] + bias[n]`
//! - 7 bits: `out[m][n] = Σ_g a_scale[m][g] · scale[n][g] · Σ_{k in g} a[m][k] · w[n][k] + bias[n]`
//!
//! # Why it cannot overflow
//! A group's sum stays below 128 · 128 · 8191 < 1.4e8, so int32 holds it exactly ([`Dot::FITS`]).
//! Only the scaling of whole groups rounds.
//!
//! # Layout
//! Weights lie in panels, as [`crate::dot`] describes. Rows are rounded and packed beforehand, one pass
//! over them for all panels: each set of rows meets one matrix. Sums over the groups so far rest in a
//! scratch, rows × outputs of a panel; the last group is followed by scale, bias and the write-out.
//! [`BLOCK_ROWS`] rows pass all panels together, so that their packed form and the lines of `out` that a
//! panel writes stay in the nearer caches: at 144 rows a map takes a tenth less time than in one go.
//!
//! # Measured
//! Share of the ceiling of the dot-and-add loop on registers alone, Chromium 156 on a Xeon with AVX2, at
//! 14 bits. The map alone, 384 × 384: 59 % at 4 rows, 71 % at 8, 81 % at 16, 88 % from 64 on; with weights
//! from beyond the second-level cache 63 % at 8, 76 % at 16. A whole encode, engines taking turns: 67 % at
//! 8 tokens, 72 % at 16, 76 % at 128, where tiles with a pointer and totals for each row had 51, 55 and
//! 60 %. On a Zen 5 the map alone has 67 % at 4 rows, 80 % at 8, 87 % at 16, 92 % at 32, 97 % from 144
//! on, and a whole encode 75 % at 8 tokens, 80 % at 16, 83 % at 128 and 256.
//!
//! The four ways on one Xeon with AVX-VNNI, a busy one, best of 7 samples in turns, 384 × 384 at 8, 16 and
//! 64 rows, in GMAC/s with the rounding of rows: 14 bits by SIMD128 31, 34 and 35, by relaxed SIMD 48, 51
//! and 49; 7 bits by SIMD128 29, 32 and 34, by relaxed SIMD 77, 77 and 77; 1152 and 1536 outputs 82 to 87.
//! So SIMD128 takes some 5 % longer for 7 bits than for 14, which are twice as many groups to scale, and
//! relaxed SIMD five eighths of its time. Whole encodes of 8, 16, 32 and 128 tokens and of 32 texts of 16,
//! by the thread's own time in Node 24 on the same machine, as multiples of 14 bits' speed by SIMD128:
//!
//! - 14 bits, relaxed: 1.39, 1.37, 1.40, 1.33, 1.34; without AVX-VNNI 0.45 at 16 tokens and 0.42 for 32 × 16
//! - 7 bits, SIMD128: 0.94, 0.99, 1.00, 0.97, 0.95
//! - 7 bits, relaxed: 1.86, 1.83, 1.85, 1.71, 1.95; without AVX-VNNI, by dots of four, 0.77 and
//!   0.74
//!
//! Dots of two are what relaxed SIMD is without AVX-VNNI: 384 × 384 at 1, 4, 8, 16 and 64 rows, GMAC/s, best
//! of 5 samples on a busy machine: SIMD128 13, 25, 30, 32 and 33, dots of two 38, 44, 45, 43 and 42, which is
//! more than the ceiling of the int16 loop, 41. An encode of any length takes 0.7 to 0.85 of SIMD128's time.
//!
//! Tried without a gain (shares are of the build in which each was tried): tiles that widen while
//! they load (with cold weights 25, 37 and 57 % of the ceiling at 4, 8 and 16 rows, where groups
//! widened first reach 45, 62 and 75 %; with weights in the cache 85 %); whole panels widened for many
//! rows; all weights held as int16, which doubles what short texts stream through the caches; four or
//! eight pairs a turn written out, which spill; widening the next panel in shares between the tiles
//! of this one; rows of results an odd number of cache lines apart.
//!
//! Tried, with a gain too small for its size: Strassen's algorithm in Winograd's form on the halves
//! of a group, of eight rows and of two panels, with sums that start from each other's. In integers
//! it is exact, to the bit, as long as activations have 14 bits. From 64 rows on the map alone takes
//! 6 to 9 % less time, at 101 to 104 % of the ceiling; an encode of 128 or 256 tokens 2 to 4 % less,
//! since seven blocks of weights are widened for four; one of 32 takes 1 to 3 % more. It is 5 KB of
//! engine.

mod matrix;
#[cfg(test)]
mod tests;

pub use matrix::Int8Matrix;

use crate::dot::{
    Activations, Dot, Int14, Int16, Kernel, OnePart, QuantizedRows, TwoParts, Uint7, int16, relaxed,
};
use crate::matmul_f32::Rows;
use crate::pack::TILE_ROWS;
use crate::padded;
use crate::span::assert_holds;
use crate::vector::F32x4;

/// What [`matmul_int8`] works in. It is empty at first and grows to what is needed.
#[derive(Default)]
pub struct PanelScratch {
    rows: QuantizedRows,
    int16: int16::Scratch,
    relaxed: relaxed::Scratch,
}

/// Rows that pass all panels together, at most.
const BLOCK_ROWS: usize = 64;

/// Where results go: one row per input row, `stride` apart.
struct Destination<'a> {
    out: &'a mut [f32],
    stride: usize,
}

/// Rounds every row of `input` as [`Int8Matrix::activations`] says, multiplies it with `weights` and adds
/// `bias`.
///
/// `out` receives one row per input row, `out_stride` apart; both it and `bias` count outputs
/// rounded up to a multiple of 8. Rows of `input` are padded to a multiple of 8 elements with zeros.
#[inline(never)]
pub fn matmul_int8(
    input: Rows,
    weights: &Int8Matrix,
    bias: &[f32],
    out: &mut [f32],
    out_stride: usize,
    scratch: &mut PanelScratch,
) {
    if input.rows == 0 || weights.outputs == 0 {
        return;
    }
    let to = Destination { out, stride: out_stride };
    check(&input, weights, bias, &to);
    let PanelScratch { rows, int16, relaxed } = scratch;
    match (weights.activations, weights.kernel) {
        (Activations::Int14, Kernel::Simd128) => {
            multiply::<Int16<Int14>>(input, weights, bias, to, rows, int16);
        }
        (Activations::Int14, Kernel::Relaxed) => {
            multiply::<TwoParts>(input, weights, bias, to, rows, relaxed);
        }
        (Activations::Uint7, Kernel::Simd128) => {
            multiply::<Int16<Uint7>>(input, weights, bias, to, rows, int16);
        }
        (Activations::Uint7, Kernel::Relaxed) => {
            multiply::<OnePart>(input, weights, bias, to, rows, relaxed);
        }
    }
}

fn check(input: &Rows, weights: &Int8Matrix, bias: &[f32], to: &Destination) {
    let (inputs, outputs) = (padded(weights.inputs), padded(weights.outputs));
    assert!(input.stride >= inputs, "rows of {inputs} activations, {} apart", input.stride);
    assert!(to.stride >= outputs, "rows of {outputs} results, {} apart", to.stride);
    assert_holds("input", input.values, input.rows, input.stride, inputs);
    assert_holds("out", to.out, input.rows, to.stride, outputs);
    assert!(bias.len() >= outputs, "{} biases for {outputs} outputs", bias.len());
}

/// [`matmul_int8`] of some rows to some outputs, whose lengths have been checked.
fn multiply<D: Dot>(
    input: Rows,
    weights: &Int8Matrix,
    bias: &[f32],
    to: Destination,
    rows: &mut QuantizedRows,
    scratch: &mut D::Scratch,
) {
    let turns = input.rows.div_ceil(BLOCK_ROWS);
    let each = input.rows.div_ceil(turns).next_multiple_of(TILE_ROWS);
    for first in (0..input.rows).step_by(each) {
        let values = &input.values[first * input.stride..];
        let block = Rows { values, rows: each.min(input.rows - first), stride: input.stride };
        let out = &mut to.out[first * to.stride..];
        multiply_block::<D>(block, weights, bias, out, to.stride, rows, scratch);
    }
}

fn multiply_block<D: Dot>(
    input: Rows,
    weights: &Int8Matrix,
    bias: &[f32],
    out: &mut [f32],
    stride: usize,
    rows: &mut QuantizedRows,
    scratch: &mut D::Scratch,
) {
    let (inputs, outputs) = (padded(weights.inputs), padded(weights.outputs));
    rows.fill::<D::Form>(input, inputs, &weights.equalization);
    D::pack(rows, scratch);
    let panels = weights.weights.chunks_exact(weights.panel_len());
    let scales = weights.scales.chunks_exact(weights.groups() * D::PANEL);
    let starts = weights.starts.chunks_exact(weights.groups() * D::PANEL);
    for (panel, ((weights, starts), scales)) in panels.zip(starts).zip(scales).enumerate() {
        let totals = D::panel(weights, starts, scales, rows, scratch);
        let columns = panel * D::PANEL..outputs.min((panel + 1) * D::PANEL);
        let bias = &bias[columns.clone()];
        write(totals, D::PANEL, &rows.scales, bias, &mut out[columns.start..], stride);
    }
}

/// `out = totals · scale + bias`: of each row as many elements as there are biases, a multiple of 4.
#[inline(never)]
fn write(
    totals: &[f32],
    panel: usize,
    scales: &[f32],
    bias: &[f32],
    out: &mut [f32],
    stride: usize,
) {
    let rows = totals.chunks_exact(panel).zip(scales).zip(out.chunks_mut(stride));
    for ((totals, &scale), out) in rows {
        let scale = F32x4::splat(scale);
        let fours = totals.chunks_exact(4).zip(bias.chunks_exact(4)).zip(out.chunks_exact_mut(4));
        for ((total, bias), out) in fours {
            (F32x4::load(total) * scale + F32x4::load(bias)).store(out);
        }
    }
}
