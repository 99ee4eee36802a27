//! float32 × float32, for `precision: 'f32'` and for attention.
//!
//! # Layout and tile
//! The right-hand matrix is read eight outputs at a time: for each input k, eight values that lie
//! side by side, `stride` floats from those of k + 1. A packed weight matrix has panels of eight
//! outputs (stride 8); attention passes value rows as they are (stride = row length). The tile is
//! four rows by eight outputs, as for int8, and for the same reason. Each output is one chain of
//! additions in the order of k, whatever the tile's height.

use super::buffer::Buffer;
use crate::buffer::OutOfMemory;
use core::arch::wasm32::*;

/// Outputs that lie side by side in memory.
pub const PANEL: usize = 8;

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
        let panels = outputs.div_ceil(PANEL);
        let len =
            panels.checked_mul(inputs).and_then(|n| n.checked_mul(PANEL)).ok_or_else(|| {
                OutOfMemory { what: name.to_owned(), bytes: 4 * outputs as u64 * inputs as u64 }
            })?;
        Ok(FloatMatrix { outputs, inputs, weights: Buffer::zeroed(len, name)? })
    }

    pub fn outputs(&self) -> usize {
        self.outputs
    }

    pub fn inputs(&self) -> usize {
        self.inputs
    }

    pub fn bytes(&self) -> usize {
        self.weights.bytes()
    }

    /// Writes the weights of one output.
    pub fn set_row(&mut self, output: usize, row: &[f32]) {
        assert!(output < self.outputs && row.len() == self.inputs);
        let start = (output / PANEL) * self.inputs * PANEL + output % PANEL;
        for (slot, &w) in self.weights[start..].iter_mut().step_by(PANEL).zip(row) {
            *slot = w;
        }
    }
}

/// Rows of float32, `stride` apart.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub values: &'a [f32],
    pub rows: usize,
    pub stride: usize,
}

/// Multiplies every row of `input` with `weights` and adds `bias`: the float32 twin of
/// [`super::matmul_int8::matmul_int8`], with the same demands on `bias` and `out`.
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
    assert!(bias.len() >= panels * PANEL);
    for panel in 0..panels {
        let right = Rows {
            values: &weights.weights[panel * weights.inputs * PANEL..][..weights.inputs * PANEL],
            rows: weights.inputs,
            stride: PANEL,
        };
        let bias = &bias[panel * PANEL..][..PANEL];
        let out = &mut out[panel * PANEL..];
        multiply_panel(input, right, &mut Destination { out, stride: out_stride }, |v, half, _| {
            f32x4_add(v, super::simd::load(&bias[4 * half..]))
        });
    }
}

/// Where a panel's results go: rows of at least [`PANEL`] floats, `stride` apart.
pub struct Destination<'a> {
    pub out: &'a mut [f32],
    pub stride: usize,
}

/// `left` [m, k] × eight columns of `right` [k, 8] → eight columns of `to` [m, 8]. `finish` gets
/// each vector with its half (0 or 1) and its row, and returns what is written.
#[inline(always)]
pub fn multiply_panel(
    left: Rows,
    right: Rows,
    to: &mut Destination,
    finish: impl Fn(v128, usize, usize) -> v128,
) {
    let (rows, inputs) = (left.rows, right.rows);
    if rows == 0 {
        return;
    }
    assert!(left.stride >= inputs && to.stride >= PANEL && right.stride >= PANEL);
    assert!(left.values.len() >= (rows - 1) * left.stride + inputs);
    assert!(inputs == 0 || right.values.len() >= (inputs - 1) * right.stride + PANEL);
    assert!(to.out.len() >= (rows - 1) * to.stride + PANEL);
    let mut row = 0;
    while row < rows {
        // SAFETY: the asserts above leave `rows - row` rows of `inputs` values behind the first
        // pointer, `inputs` rows of `PANEL` values behind the second, and `rows - row` rows of
        // `PANEL` writable values behind the third; each arm takes at most that many rows.
        unsafe {
            let a = left.values.as_ptr().add(row * left.stride);
            let b = right.values.as_ptr();
            let out = to.out.as_mut_ptr().add(row * to.stride);
            let finish = |v, half, offset| finish(v, half, row + offset);
            let (sa, sb, so) = (left.stride, right.stride, to.stride);
            row += match rows - row {
                1 => tile::<1>(a, sa, b, sb, inputs, out, so, finish),
                2 => tile::<2>(a, sa, b, sb, inputs, out, so, finish),
                3 => tile::<3>(a, sa, b, sb, inputs, out, so, finish),
                _ => tile::<4>(a, sa, b, sb, inputs, out, so, finish),
            };
        }
    }
}

/// `ROWS` rows × [`PANEL`] outputs; returns `ROWS`.
///
/// # Safety
/// `a` must have `ROWS` rows of `inputs` readable values, `sa` apart; `b` `inputs` rows of
/// [`PANEL`] readable values, `sb` apart; `out` `ROWS` rows of [`PANEL`] writable ones, `so` apart.
#[allow(clippy::too_many_arguments)]
#[inline(always)]
unsafe fn tile<const ROWS: usize>(
    a: *const f32,
    sa: usize,
    mut b: *const f32,
    sb: usize,
    inputs: usize,
    out: *mut f32,
    so: usize,
    finish: impl Fn(v128, usize, usize) -> v128,
) -> usize {
    let mut sums = [[f32x4_splat(0.0); 2]; ROWS];
    let mut k = 0;
    while k + 4 <= inputs {
        for step in 0..4 {
            accumulate(&mut sums, a.add(k + step), sa, b);
            b = b.add(sb);
        }
        k += 4;
    }
    while k < inputs {
        accumulate(&mut sums, a.add(k), sa, b);
        b = b.add(sb);
        k += 1;
    }
    for (row, sum) in sums.iter().enumerate() {
        for (half, &value) in sum.iter().enumerate() {
            v128_store(out.add(row * so + 4 * half).cast(), finish(value, half, row));
        }
    }
    ROWS
}

/// Adds the products of one input.
///
/// # Safety
/// `a` must have one readable value in each of `ROWS` rows; `b` [`PANEL`] readable values.
#[inline(always)]
unsafe fn accumulate<const ROWS: usize>(
    sums: &mut [[v128; 2]; ROWS],
    a: *const f32,
    sa: usize,
    b: *const f32,
) {
    let b0 = v128_load(b.cast());
    let b1 = v128_load(b.add(4).cast());
    for (row, sum) in sums.iter_mut().enumerate() {
        let value = v128_load32_splat(a.add(row * sa).cast());
        sum[0] = f32x4_add(sum[0], f32x4_mul(value, b0));
        sum[1] = f32x4_add(sum[1], f32x4_mul(value, b1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::padded;
    use crate::testing::{assert_close, random, Canaried};
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn equals_its_scalar_twin() {
        for inputs in [1, 2, 3, 4, 5, 7, 8, 9, 127, 128, 129, 384] {
            for outputs in [1, 7, 8, 9, 16] {
                for rows in [0, 1, 2, 3, 4, 5, 8, 9] {
                    let weights = random(1, outputs * inputs);
                    let mut matrix = FloatMatrix::zeroed(outputs, inputs, "test").unwrap();
                    for output in 0..outputs {
                        matrix.set_row(output, &weights[output * inputs..][..inputs]);
                    }
                    let mut bias = random(2, outputs);
                    bias.resize(padded(outputs), 0.0);
                    let stride = padded(inputs);
                    let values = random(3, rows * stride);
                    let width = padded(outputs);
                    let mut out = Canaried::new(rows * width, f32::MAX);
                    let input = Rows { values: &values, rows, stride };
                    matmul_f32(input, &matrix, &bias, out.inner(), width);
                    out.check();
                    for (row, found) in out.inner().chunks(width).enumerate() {
                        let a = &values[row * stride..][..inputs];
                        let expected: Vec<f32> = (0..outputs)
                            .map(|n| {
                                let w = &weights[n * inputs..][..inputs];
                                a.iter().zip(w).fold(0.0, |sum, (a, w)| sum + a * w) + bias[n]
                            })
                            .collect();
                        assert_close(&found[..outputs], &expected, 0.0);
                    }
                }
            }
        }
    }
}
