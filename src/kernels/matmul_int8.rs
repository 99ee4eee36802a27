//! int16 activations × int8 weights, the map that takes nine tenths of an encode.
//!
//! # What it computes
//! `out[m][n] = a_scale[m] · Σ_g scale[n][g] · Σ_{k in g} a[m][k] · w[n][k] + bias[n]`, for `m` rows
//! of activations, `n` outputs and groups `g` of [`GROUP`] inputs.
//!
//! # Why it can't overflow
//! A group's sum stays below 128 · 128 · 32767 < 5.4e8, so int32 holds it exactly. Only the
//! scaling of whole groups rounds.
//!
//! # Layout
//! Weights lie in panels of [`PANEL`] = 8 outputs, as [`super::dot_tile`] wants them but for their width:
//! they are bytes. The loops over rows are there too.
//!
//! # Widening, and where weights come from
//! A panel's groups are widened one by one into a scratch of 2 KB that stays in the first-level cache,
//! and all rows read that. An encode streams all of a model's weights, 10.6 MB, through the second-level
//! cache; the short loop that widens a group has all of its 16 cache lines on their way at once, where a
//! tile's loop that widened for itself waited for every second or third. Sums over the groups so far rest in
//! a scratch, rows × 8 floats; the last group is followed by scale, bias and the write-out.
//!
//! Rows are packed four by four beforehand, one pass over the activations for N / 8 panels.
//!
//! # Measured
//! Share of the ceiling of the dot-and-add loop on registers alone, Chromium 156 on a Xeon with
//! AVX2. The map alone, 384 × 384: 59 % at 4 rows, 71 % at 8, 81 % at 16, 88 % from 64 on; with weights from beyond
//! the second-level cache 63 % at 8, 76 % at 16. A whole encode, engines taking turns: 67 % at 8 tokens,
//! 72 % at 16, 76 % at 128, where tiles with a pointer and totals for each row had 51, 55 and 60 %. On a Zen 5 the
//! map alone has 67 % at 4 rows, 80 % at 8, 87 % at 16, 92 % at 32, 97 % from 144 on, and a whole encode 75 % at
//! 8 tokens, 80 % at 16, 83 % at 128 and 256.
//!
//! Tried without a gain (shares are of the build in which each was tried): tiles that widen while they
//! load (with cold weights 25, 37 and 57 % of the ceiling at 4, 8 and 16 rows, where groups widened first
//! reach 45, 62 and 75 %; with weights in the cache 85 %); whole panels widened for many rows; all weights
//! held as int16, which doubles what short texts stream through the caches; four or eight pairs a turn
//! written out, which spill; widening the next panel in shares between the tiles of this one; rows of
//! results an odd number of cache lines apart.
//!
//! Tried, with a gain too small for its size: Strassen's algorithm in Winograd's form on the halves of a group, of
//! eight rows and of two panels, with sums that start from each other's. In integers it is exact, to the bit, as long as
//! activations have 14 bits. From 64 rows on the map alone takes 6 to 9 % less time, at 101 to 104 % of the ceiling; an
//! encode of 128 or 256 tokens 2 to 4 % less, since seven blocks of weights are widened for four; one of 32 takes
//! 1 to 3 % more. It is 5 KB of engine.

use super::buffer::Buffer;
use super::dot_tile::{pack_rows, whole_tiles, Tile, PAIR, PANEL};
use super::padded;
use super::require;
use super::simd::{load, store};
use super::span::assert_holds;
use crate::buffer::OutOfMemory;
use core::arch::wasm32::*;

/// Inputs that share one scale.
pub const GROUP: usize = 128;
/// Pairs of inputs that share one scale.
const GROUP_PAIRS: usize = GROUP / 2;

/// A weight matrix [outputs, inputs] of int8, with one scale per output and group of inputs.
pub struct Int8Matrix {
    outputs: usize,
    inputs: usize,
    /// Panels × pairs of inputs × [`PANEL`] outputs × 2.
    weights: Buffer<i8>,
    /// Panels × groups × [`PANEL`] outputs.
    scales: Buffer<f32>,
}

impl Int8Matrix {
    /// A matrix of zeros; `name` is for the error where it does not fit into memory.
    pub fn zeroed(outputs: usize, inputs: usize, name: &str) -> Result<Self, OutOfMemory> {
        let panels = outputs.div_ceil(PANEL);
        let sized = |each: usize| {
            panels.checked_mul(each).ok_or_else(|| OutOfMemory {
                what: name.to_owned(),
                bytes: panels as u64 * each as u64,
            })
        };
        Ok(Int8Matrix {
            outputs,
            inputs,
            weights: Buffer::zeroed(sized(inputs.div_ceil(2) * PAIR)?, name)?,
            scales: Buffer::zeroed(sized(inputs.div_ceil(GROUP) * PANEL)?, name)?,
        })
    }

    pub fn outputs(&self) -> usize {
        self.outputs
    }

    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Groups of inputs, and so scales per output.
    pub fn groups(&self) -> usize {
        self.inputs.div_ceil(GROUP)
    }

    fn pairs(&self) -> usize {
        self.inputs.div_ceil(2)
    }

    /// Writes the weights of one output.
    pub fn set_row(&mut self, output: usize, row: &[i8]) {
        require!(output < self.outputs && row.len() == self.inputs);
        let start = self.row_start(output);
        let slots = self.weights[start..].chunks_mut(PAIR);
        for (pair, slot) in row.chunks(2).zip(slots) {
            slot[..pair.len()].copy_from_slice(pair);
        }
    }

    /// Reads back what [`Self::set_row`] wrote.
    pub fn row(&self, output: usize, row: &mut [i8]) {
        require!(output < self.outputs && row.len() == self.inputs);
        let start = self.row_start(output);
        let slots = self.weights[start..].chunks(PAIR);
        for (pair, slot) in row.chunks_mut(2).zip(slots) {
            let len = pair.len();
            pair.copy_from_slice(&slot[..len]);
        }
    }

    /// Writes the scales of one output, one per group.
    pub fn set_scales(&mut self, output: usize, scales: &[f32]) {
        require!(output < self.outputs && scales.len() == self.groups());
        let start = self.scale_start(output);
        for (slot, &scale) in self.scales[start..].iter_mut().step_by(PANEL).zip(scales) {
            *slot = scale;
        }
    }

    /// Reads back what [`Self::set_scales`] wrote.
    pub fn scales(&self, output: usize, scales: &mut [f32]) {
        require!(output < self.outputs && scales.len() == self.groups());
        let start = self.scale_start(output);
        for (scale, &slot) in scales.iter_mut().zip(self.scales[start..].iter().step_by(PANEL)) {
            *scale = slot;
        }
    }

    fn row_start(&self, output: usize) -> usize {
        (output / PANEL) * self.pairs() * PAIR + (output % PANEL) * 2
    }

    fn scale_start(&self, output: usize) -> usize {
        (output / PANEL) * self.groups() * PANEL + output % PANEL
    }
}

/// Rows of int16 activations with one scale each, as [`super::quantize`] makes them.
#[derive(Clone, Copy)]
pub struct Int16Rows<'a> {
    /// `scales.len()` rows, `stride` apart.
    pub values: &'a [i16],
    pub scales: &'a [f32],
    pub stride: usize,
}

/// What [`matmul_int8`] works in. It is empty at first and grows to what is needed.
#[derive(Default)]
pub struct PanelScratch {
    /// One group of a panel, widened.
    weights: Buffer<i16>,
    /// All rows, packed: tiles × pairs × rows of the tile × 2.
    rows: Buffer<i16>,
    /// Rows × [`PANEL`] sums over the groups so far.
    totals: Buffer<f32>,
}

#[inline(never)]
fn widen(narrow: &[i8], wide: &mut [i16]) {
    require!(narrow.len() == wide.len());
    for (wide, narrow) in wide.chunks_exact_mut(8).zip(narrow.chunks_exact(8)) {
        // SAFETY: both chunks have eight elements: eight readable bytes, sixteen writable.
        unsafe {
            let values = i16x8_load_extend_i8x8(narrow.as_ptr());
            v128_store(wide.as_mut_ptr().cast(), values);
        }
    }
}

/// `out = totals · scale + bias`, eight outputs of each row.
#[inline(never)]
fn write(totals: &[f32], scales: &[f32], bias: &[f32], out: &mut [f32], out_stride: usize) {
    let bias = [load(bias), load(&bias[4..])];
    let rows = totals.chunks_exact(PANEL).zip(scales).zip(out.chunks_mut(out_stride));
    for ((totals, &scale), out) in rows {
        for half in 0..2 {
            let scaled = f32x4_mul(load(&totals[4 * half..]), f32x4_splat(scale));
            store(&mut out[4 * half..], f32x4_add(scaled, bias[half]));
        }
    }
}

/// Multiplies every row of `input` with `weights` and adds `bias`.
///
/// `out` receives one row per input row, `out_stride` apart; both it and `bias` count outputs
/// rounded up to whole panels. Rows of `input` are padded to a multiple of 8 elements; what the padding holds
/// does not matter.
#[inline(never)]
pub fn matmul_int8(
    input: Int16Rows,
    weights: &Int8Matrix,
    bias: &[f32],
    out: &mut [f32],
    out_stride: usize,
    scratch: &mut PanelScratch,
) {
    let rows = input.scales.len();
    let panels = weights.outputs.div_ceil(PANEL);
    let pairs = weights.pairs();
    if rows == 0 || panels == 0 {
        return;
    }
    let inputs = padded(weights.inputs);
    require!(input.stride >= inputs && out_stride >= panels * PANEL);
    assert_holds("input", input.values, rows, input.stride, inputs);
    assert_holds("out", out, rows, out_stride, panels * PANEL);
    require!(bias.len() >= panels * PANEL);
    require!(weights.weights.len() == panels * pairs * PAIR);
    require!(weights.scales.len() == panels * weights.groups() * PANEL);

    scratch.weights.grow(GROUP_PAIRS * PAIR);
    scratch.rows.grow(whole_tiles(rows) * inputs);
    scratch.totals.grow(whole_tiles(rows) * PANEL);
    let PanelScratch { weights: wide, rows: packed, totals } = scratch;
    let packed = pack_rows(input.values, input.stride, rows, inputs, packed);
    for panel in 0..panels {
        let narrow = &weights.weights[panel * pairs * PAIR..][..pairs * PAIR];
        let scales = &weights.scales[panel * weights.groups() * PANEL..];
        for first in (0..pairs).step_by(GROUP_PAIRS) {
            let count = GROUP_PAIRS.min(pairs - first);
            let wide = &mut wide[..count * PAIR];
            widen(&narrow[first * PAIR..][..count * PAIR], wide);
            let scales = &scales[first / GROUP_PAIRS * PANEL..];
            let tile = Tile { weights: wide, scales, begins: first == 0 };
            tile.run(&packed, first, totals);
        }
        let bias = &bias[panel * PANEL..][..PANEL];
        write(totals, input.scales, bias, &mut out[panel * PANEL..], out_stride);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::padded;
    use crate::testing::{assert_close, random, random_int8, Canaried};
    use wasm_bindgen_test::wasm_bindgen_test;

    const INPUTS: [usize; 12] = [1, 2, 7, 8, 9, 16, 127, 128, 129, 255, 384, 1536];
    const OUTPUTS: [usize; 6] = [1, 7, 8, 9, 16, 24];
    const ROWS: [usize; 12] = [0, 1, 2, 3, 4, 5, 8, 15, 16, 17, 18, 19];

    struct Case {
        matrix: Int8Matrix,
        weights: Vec<i8>,
        scales: Vec<f32>,
        bias: Vec<f32>,
        values: Vec<i16>,
        row_scales: Vec<f32>,
        stride: usize,
    }

    impl Case {
        fn new(rows: usize, outputs: usize, inputs: usize) -> Self {
            let groups = inputs.div_ceil(GROUP);
            let weights = random_int8(1, outputs * inputs);
            let scales = random(2, outputs * groups);
            let mut matrix = Int8Matrix::zeroed(outputs, inputs, "test").unwrap();
            for output in 0..outputs {
                matrix.set_row(output, &weights[output * inputs..][..inputs]);
                matrix.set_scales(output, &scales[output * groups..][..groups]);
            }
            let mut bias = random(3, outputs);
            bias.resize(padded(outputs), 0.0);
            let stride = padded(inputs);
            // What lies in a row's padding must not matter.
            let values = random(4, rows * stride).iter().map(|x| (x * 32767.0) as i16).collect();
            let row_scales = random(5, rows);
            Case { matrix, weights, scales, bias, values, row_scales, stride }
        }

        fn input(&self) -> Int16Rows<'_> {
            Int16Rows { values: &self.values, scales: &self.row_scales, stride: self.stride }
        }

        /// The same sums and the same order of roundings, one element at a time.
        fn scalar(&self, row: usize, output: usize) -> f32 {
            let (inputs, groups) = (self.matrix.inputs(), self.matrix.groups());
            let a = &self.values[row * self.stride..][..inputs];
            let w = &self.weights[output * inputs..][..inputs];
            let mut total = 0.0f32;
            for (group, (a, w)) in a.chunks(GROUP).zip(w.chunks(GROUP)).enumerate() {
                let products = a.iter().zip(w).map(|(&a, &w)| i32::from(a) * i32::from(w));
                total += products.sum::<i32>() as f32 * self.scales[output * groups + group];
            }
            total * self.row_scales[row] + self.bias[output]
        }
    }

    #[wasm_bindgen_test]
    fn equals_its_scalar_twin() {
        let mut scratch = PanelScratch::default();
        for inputs in INPUTS {
            for outputs in OUTPUTS {
                for rows in ROWS {
                    let case = Case::new(rows, outputs, inputs);
                    let width = padded(outputs);
                    let mut out = Canaried::new(rows * width, f32::MAX);
                    matmul_int8(
                        case.input(),
                        &case.matrix,
                        &case.bias,
                        out.inner(),
                        width,
                        &mut scratch,
                    );
                    out.check();
                    for (row, found) in out.inner().chunks(width).enumerate() {
                        let expected: Vec<f32> =
                            (0..outputs).map(|n| case.scalar(row, n)).collect();
                        assert_close(&found[..outputs], &expected, 0.0);
                        assert!(found[outputs..].iter().all(|&x| x == 0.0));
                    }
                }
            }
        }
    }

    #[wasm_bindgen_test]
    fn the_largest_products_do_not_overflow() {
        let mut case = Case::new(1, 8, 384);
        case.row_scales.fill(1.0);
        case.bias.fill(0.0);
        for (activation, weight) in [(32767, i8::MIN), (-32767, i8::MIN), (32767, 127)] {
            case.values.fill(activation);
            for output in 0..8 {
                case.matrix.set_row(output, &[weight; 384]);
                case.matrix.set_scales(output, &[1.0; 3]);
            }
            let mut out = [0.0; 8];
            matmul_int8(
                case.input(),
                &case.matrix,
                &case.bias,
                &mut out,
                8,
                &mut PanelScratch::default(),
            );
            let group = GROUP as i32 * i32::from(activation) * i32::from(weight);
            assert_eq!(out, [3.0 * group as f32; 8]);
        }
    }

    #[wasm_bindgen_test]
    fn rows_and_scales_read_back_as_written() {
        let case = Case::new(0, 9, 129);
        for output in 0..9 {
            let (mut row, mut scales) = ([0; 129], [0.0; 2]);
            case.matrix.row(output, &mut row);
            case.matrix.scales(output, &mut scales);
            assert_eq!(row, case.weights[output * 129..][..129]);
            assert_eq!(scales, case.scales[output * 2..][..2]);
        }
    }
}
