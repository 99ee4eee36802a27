//! float32 × float32, for `precision: 'f32'` and for attention.
//!
//! # Layout and tile
//! The right-hand matrix is read eight outputs at a time: for each input k, eight values that lie
//! side by side, `stride` floats from those of k + 1. A packed weight matrix has panels of eight
//! outputs (stride 8); attention passes value rows as they are (stride = row length). The tile is
//! four rows by eight outputs, as for int8, and for the same reason. Each output is one chain of
//! additions in the order of k, whatever the tile's height.
//!
//! # Measured
//! 92 % of the multiply-and-add ceiling at 64 rows with weights in the cache (Chromium 156, a Xeon with
//! AVX2). Tiles of all heights in one function, four inputs a turn, reached 82 %: see [`crate::dot`].

use crate::buffer::{Buffer, OutOfMemory};
use crate::pack::{PANEL, TILE_ROWS, gather, scatter, zeroed_panels};
use crate::span::assert_holds;
use crate::vector::F32x4;

/// A weight matrix [outputs, inputs] of float32.
pub struct FloatMatrix {
    outputs: usize,
    inputs: usize,
    /// Panels × inputs × [`PANEL`].
    weights: Buffer<f32>,
}

impl FloatMatrix {
    /// A matrix of zeros; `name` is for the error where it does not fit into memory.
    pub fn zeroed(outputs: usize, inputs: usize, name: &str) -> Result<Self, OutOfMemory> {
        let weights = zeroed_panels(outputs.div_ceil(PANEL), inputs.checked_mul(PANEL), name)?;
        Ok(FloatMatrix { outputs, inputs, weights })
    }

    /// How many outputs there are.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// How many inputs there are.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Writes the weights of one output.
    pub fn set_row(&mut self, output: usize, row: &[f32]) {
        let start = self.row_start(output, row.len());
        scatter(row, 1, &mut self.weights[start..], PANEL);
    }

    /// Reads back what [`Self::set_row`] wrote.
    pub fn row(&self, output: usize, row: &mut [f32]) {
        let start = self.row_start(output, row.len());
        gather(&self.weights[start..], PANEL, 1, row);
    }

    #[track_caller]
    fn row_start(&self, output: usize, len: usize) -> usize {
        let FloatMatrix { outputs, inputs, .. } = *self;
        assert!(output < outputs, "output {output} of a matrix that has {outputs}");
        assert!(len == inputs, "a row of {len} elements for one of {inputs}");
        output / PANEL * inputs * PANEL + output % PANEL
    }
}

/// Rows of float32, `stride` apart.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The first element of the first row and all that follow.
    pub values: &'a [f32],
    /// How many rows there are.
    pub rows: usize,
    /// Elements between the starts of two rows.
    pub stride: usize,
}

/// Multiplies every row of `input` with `weights` and adds `bias`: the float32 twin of
/// [`crate::matmul_int8::matmul_int8`], with the same demands on `bias` and `out`.
pub fn matmul_f32(
    input: Rows,
    weights: &FloatMatrix,
    bias: &[f32],
    out: &mut [f32],
    out_stride: usize,
) {
    let panels = weights.outputs.div_ceil(PANEL);
    if input.rows == 0 {
        return;
    }
    assert!(bias.len() >= panels * PANEL, "{} biases for {panels} panels", bias.len());
    let same = [1.0; TILE_ROWS];
    for panel in 0..panels {
        let right = Rows {
            values: &weights.weights[panel * weights.inputs * PANEL..][..weights.inputs * PANEL],
            rows: weights.inputs,
            stride: PANEL,
        };
        let bias = &bias[panel * PANEL..][..PANEL];
        let out = &mut out[panel * PANEL..];
        for first in (0..input.rows).step_by(TILE_ROWS) {
            let left = input.tile(first);
            let out = &mut out[first * out_stride..];
            multiply_tile(left, right, &same, bias, &mut Destination { out, stride: out_stride });
        }
    }
}

impl<'a> Rows<'a> {
    /// At most [`TILE_ROWS`] rows from `first` on.
    pub fn tile(&self, first: usize) -> Rows<'a> {
        let rows = TILE_ROWS.min(self.rows - first);
        Rows { values: &self.values[first * self.stride..], rows, stride: self.stride }
    }
}

/// Where a panel's results go: rows of at least [`PANEL`] floats, `stride` apart.
pub struct Destination<'a> {
    /// The first element of the first row and all that follow.
    pub out: &'a mut [f32],
    /// Elements between the starts of two rows.
    pub stride: usize,
}

/// `out = (left [m, k] × eight columns of right [k, 8]) · scale + bias`, for at most [`TILE_ROWS`]
/// rows, with one scale per row and one bias per column.
#[inline(never)]
pub fn multiply_tile(
    left: Rows,
    right: Rows,
    scale: &[f32; TILE_ROWS],
    bias: &[f32],
    to: &mut Destination,
) {
    let (rows, inputs) = (left.rows, right.rows);
    if rows == 0 {
        return;
    }
    assert!(
        rows <= TILE_ROWS && bias.len() == PANEL,
        "{rows} rows and {} biases are not a tile",
        bias.len()
    );
    assert_holds("left", left.values, rows, left.stride, inputs);
    assert_holds("right", right.values, inputs, right.stride, PANEL);
    assert_holds("out", to.out, rows, to.stride, PANEL);
    // SAFETY: the asserts above leave `rows` rows of `inputs` values behind `left`, `inputs` rows of
    // `PANEL` values behind `right`, `PANEL` values behind `bias`, and `rows` rows of `PANEL`
    // writable values behind `to`.
    unsafe { tile(&left, &right, scale, bias, to) }
}

/// The last row stands for those that a tile lacks.
///
/// # Safety
/// `left` must have `left.rows` rows, 1 to [`TILE_ROWS`], of `right.rows` values, `right` rows of [`PANEL`]
/// values, `bias` [`PANEL`] values, and `to` `left.rows` rows of [`PANEL`] values.
#[inline(never)]
unsafe fn tile(
    left: &Rows,
    right: &Rows,
    scale: &[f32; TILE_ROWS],
    bias: &[f32],
    to: &mut Destination,
) {
    let mut sums = [[F32x4::ZERO; 2]; TILE_ROWS];
    let mut a: [*const f32; TILE_ROWS] = core::array::from_fn(|row| {
        left.values.as_ptr().wrapping_add(row.min(left.rows - 1) * left.stride)
    });
    let mut b = right.values.as_ptr();
    for _ in 0..right.rows {
        // SAFETY: both sides have `right.rows` inputs, of which this is one.
        unsafe { accumulate(&mut sums, &a, b) };
        // Not past the end: only rows that are there are read.
        a = a.map(|a| a.wrapping_add(1));
        b = b.wrapping_add(right.stride);
    }
    for (row, sum) in sums.iter().enumerate().take(left.rows) {
        for (half, &value) in sum.iter().enumerate() {
            // SAFETY: `bias` and this row of `to` have PANEL values.
            unsafe {
                let bias = F32x4::load_at(bias.as_ptr().add(4 * half));
                let value = value * F32x4::splat(scale[row]) + bias;
                value.store_at(to.out.as_mut_ptr().add(row * to.stride + 4 * half));
            }
        }
    }
}

/// Adds the products of one input.
///
/// # Safety
/// Each of `a` must have a readable value; `b` [`PANEL`] readable values.
#[inline(always)]
unsafe fn accumulate(
    sums: &mut [[F32x4; 2]; TILE_ROWS],
    a: &[*const f32; TILE_ROWS],
    b: *const f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let b0 = F32x4::load_at(b);
        let b1 = F32x4::load_at(b.add(4));
        for (&a, sum) in a.iter().zip(sums) {
            let value = F32x4::splat_at(a);
            sum[0] = sum[0] + value * b0;
            sum[1] = sum[1] + value * b1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::padded;
    use crate::testing::{Canaried, assert_close, random};
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn equals_its_scalar_twin() {
        for inputs in [1, 2, 3, 4, 5, 7, 8, 9, 127, 128, 129, 384] {
            for outputs in [1, 7, 8, 9, 16] {
                for rows in [0, 1, 2, 3, 4, 5, 8, 9] {
                    let weights = random(1, outputs * inputs);
                    let mut matrix = FloatMatrix::zeroed(outputs, inputs, "test").unwrap();
                    for output in 0..outputs {
                        let row = &weights[output * inputs..][..inputs];
                        matrix.set_row(output, row);
                        let mut again = vec![0.0; inputs];
                        matrix.row(output, &mut again);
                        assert_eq!(again, row);
                    }
                    let mut bias = random(2, outputs);
                    bias.resize(padded(outputs), 0.0);
                    let stride = padded(inputs);
                    let values = random(3, rows * stride);
                    let width = padded(outputs);
                    let out_stride = width + 8;
                    let mut out = Canaried::new(rows * out_stride, f32::MAX);
                    let input = Rows { values: &values, rows, stride };
                    matmul_f32(input, &matrix, &bias, out.inner(), out_stride);
                    out.check();
                    for (row, found) in out.inner().chunks(out_stride).enumerate() {
                        let a = &values[row * stride..][..inputs];
                        let expected: Vec<f32> = (0..outputs)
                            .map(|n| {
                                let w = &weights[n * inputs..][..inputs];
                                a.iter().zip(w).fold(0.0, |sum, (a, w)| sum + a * w) + bias[n]
                            })
                            .collect();
                        assert_close(&found[..outputs], &expected, 0.0);
                        assert!(found[outputs..width].iter().all(|&x| x == 0.0));
                        assert!(found[width..].iter().all(|&x| x == f32::MAX));
                    }
                }
            }
        }
    }

    #[wasm_bindgen_test]
    #[should_panic(expected = "`out` holds 1 elements: too few for 2 rows of 8")]
    fn a_stride_that_wraps_is_refused() {
        let left = Rows { values: &[1.0; 2], rows: 2, stride: 1 };
        let right = Rows { values: &[1.0; PANEL], rows: 1, stride: PANEL };
        let mut out = [0.0];
        let mut to = Destination { out: &mut out, stride: usize::MAX - 6 };
        multiply_tile(left, right, &[1.0; TILE_ROWS], &[0.0; PANEL], &mut to);
    }
}
