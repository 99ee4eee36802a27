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
//! Weights lie in panels of [`PANEL`] = 8 outputs. Within a panel, for every pair of inputs
//! (k, k + 1), come sixteen bytes: the pair of output 0, the pair of output 1, … of output 7. So
//! eight bytes, widened to int16 while they are loaded, meet one pair of activations that is
//! broadcast to all lanes, and `i32x4.dot_i16x8_s` gives four outputs. A panel of MiniLM is 3 KB
//! (K = 384) or 12 KB (K = 1536) and stays in the first-level cache while all rows pass it.
//!
//! Widening while loading takes 2 of the inner loop's 18 vector operations. From [`WIDEN_ROWS`] rows
//! on a panel is widened once, into a scratch of twice its size, and the rows read that.
//!
//! # Tile
//! Four rows by two vectors of four outputs: eight accumulators, two weights and one activation
//! fit into the 15 vector registers that V8 has on x86-64. Each row's sums are formed in the same
//! order whatever the tile's height, so a row's result does not depend on its neighbours.
//!
//! # Measured
//! Share of the ceiling of the dot-and-add loop on registers alone, Chromium 156 on a Xeon with
//! AVX2, shapes of MiniLM: 84-87 % with weights widened at each load, at any number of rows; with
//! panels widened first 79 % at 8 rows, 86 % at 16, 92 % at 32 and 92-95 % from 64 on. One row
//! alone reaches 53 %: a tile of one row spends a third of its operations on widening. Holding all
//! weights as int16 would save the pass, but costs 10.6 MB and doubles what short texts stream
//! through the caches. Tiles with more than eight accumulators spill. Four pairs a turn instead of
//! eight cost a fifth. Widening the next panel in shares between the tiles of this one, to hide
//! cache misses, gained nothing that could be told from noise.

use super::buffer::Buffer;
use super::require;
use crate::buffer::OutOfMemory;
use core::arch::wasm32::*;

/// Inputs that share one scale.
pub const GROUP: usize = 128;
/// Outputs that lie side by side in memory.
pub const PANEL: usize = 8;
/// From so many rows on, widening a panel first pays.
const WIDEN_ROWS: usize = 17;
/// Rows that pass together.
const TILE_ROWS: usize = 4;
const GROUP_PAIRS: usize = GROUP / 2;
const PAIR_BYTES: usize = 2 * PANEL;

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
            weights: Buffer::zeroed(sized(inputs.div_ceil(2) * PAIR_BYTES)?, name)?,
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
        let slots = self.weights[start..].chunks_mut(PAIR_BYTES);
        for (pair, slot) in row.chunks(2).zip(slots) {
            slot[..pair.len()].copy_from_slice(pair);
        }
    }

    /// Reads back what [`Self::set_row`] wrote.
    pub fn row(&self, output: usize, row: &mut [i8]) {
        require!(output < self.outputs && row.len() == self.inputs);
        let start = self.row_start(output);
        let slots = self.weights[start..].chunks(PAIR_BYTES);
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
        (output / PANEL) * self.pairs() * PAIR_BYTES + (output % PANEL) * 2
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

impl Int16Rows<'_> {
    /// Without the first `row` rows.
    fn from(self, row: usize) -> Self {
        let (values, scales) = (&self.values[row * self.stride..], &self.scales[row..]);
        Int16Rows { values, scales, ..self }
    }
}

/// One panel of weights, widened to int16. It is empty at first and grows to what is needed.
#[derive(Default)]
pub struct PanelScratch(Buffer<i16>);

impl PanelScratch {
    fn widen(&mut self, weights: &[i8]) -> &[i16] {
        self.0.grow(weights.len());
        let wide = &mut self.0[..weights.len()];
        for (wide, narrow) in wide.chunks_exact_mut(8).zip(weights.chunks_exact(8)) {
            // SAFETY: both chunks have eight elements: eight readable bytes, sixteen writable.
            unsafe {
                let values = i16x8_load_extend_i8x8(narrow.as_ptr());
                v128_store(wide.as_mut_ptr().cast(), values);
            }
        }
        wide
    }
}

/// Multiplies every row of `input` with `weights` and adds `bias`.
///
/// `out` receives one row per input row, `out_stride` apart; both it and `bias` count outputs
/// rounded up to whole panels.
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
    require!(input.stride >= 2 * pairs && out_stride >= panels * PANEL);
    require!(input.values.len() >= (rows - 1) * input.stride + 2 * pairs);
    require!(out.len() >= (rows - 1) * out_stride + panels * PANEL);
    require!(bias.len() >= panels * PANEL);
    require!(weights.weights.len() == panels * pairs * PAIR_BYTES);
    require!(weights.scales.len() == panels * weights.groups() * PANEL);

    for panel in 0..panels {
        let narrow = &weights.weights[panel * pairs * PAIR_BYTES..][..pairs * PAIR_BYTES];
        let tile = Tile {
            scales: &weights.scales[panel * weights.groups() * PANEL..][..weights.groups() * PANEL],
            bias: &bias[panel * PANEL..][..PANEL],
            pairs,
        };
        let out = &mut out[panel * PANEL..];
        // Whole tiles read widened weights where that pays; what remains widens for itself, which
        // gives the same numbers and spares three more copies of the tile.
        let whole = if rows >= WIDEN_ROWS { rows - rows % TILE_ROWS } else { 0 };
        if whole > 0 {
            let wide = scratch.widen(narrow);
            for row in (0..whole).step_by(TILE_ROWS) {
                tile.run::<TILE_ROWS, i16>(
                    wide,
                    input.from(row),
                    &mut out[row * out_stride..],
                    out_stride,
                );
            }
        }
        for row in (whole..rows).step_by(TILE_ROWS) {
            let (input, out) = (input.from(row), &mut out[row * out_stride..]);
            match rows - row {
                1 => tile.run::<1, i8>(narrow, input, out, out_stride),
                2 => tile.run::<2, i8>(narrow, input, out, out_stride),
                3 => tile.run::<3, i8>(narrow, input, out, out_stride),
                _ => tile.run::<TILE_ROWS, i8>(narrow, input, out, out_stride),
            }
        }
    }
}

/// Weights that widen to int16 while they are loaded, or that already are.
trait Weight: Copy {
    /// Eight weights as int16.
    ///
    /// # Safety
    /// `weights` must have eight readable elements.
    unsafe fn load(weights: *const Self) -> v128;
}

impl Weight for i8 {
    #[inline(always)]
    unsafe fn load(weights: *const i8) -> v128 {
        i16x8_load_extend_i8x8(weights)
    }
}

impl Weight for i16 {
    #[inline(always)]
    unsafe fn load(weights: *const i16) -> v128 {
        v128_load(weights.cast())
    }
}

/// What belongs to one panel beside its weights.
struct Tile<'a> {
    scales: &'a [f32],
    bias: &'a [f32],
    pairs: usize,
}

impl Tile<'_> {
    /// The first `ROWS` rows of `input` × one panel of weights; `out` starts at the panel's outputs.
    #[inline(always)]
    fn run<const ROWS: usize, W: Weight>(
        &self,
        w: &[W],
        input: Int16Rows,
        out: &mut [f32],
        out_stride: usize,
    ) {
        let inputs = 2 * self.pairs;
        require!(w.len() == self.pairs * PAIR_BYTES && self.bias.len() == PANEL);
        require!(self.scales.len() == self.pairs.div_ceil(GROUP_PAIRS) * PANEL);
        require!(input.scales.len() >= ROWS && out_stride >= PANEL);
        require!(input.values.len() >= (ROWS - 1) * input.stride + inputs);
        require!(out.len() >= (ROWS - 1) * out_stride + PANEL);
        // SAFETY: the asserts are what the function asks for.
        unsafe { self.run_unchecked::<ROWS, W>(w.as_ptr(), input, out.as_mut_ptr(), out_stride) }
    }

    /// # Safety
    /// `w` must have `pairs * PAIR_BYTES` readable elements; `input` `ROWS` rows of `2 * pairs`
    /// values and as many scales; `out` `ROWS` rows of `PANEL` writable values, `out_stride` apart.
    /// `scales` must have `PANEL` values for each group, and `bias` `PANEL`.
    #[inline(always)]
    unsafe fn run_unchecked<const ROWS: usize, W: Weight>(
        &self,
        mut w: *const W,
        input: Int16Rows,
        out: *mut f32,
        out_stride: usize,
    ) {
        let (a, a_stride) = (input.values.as_ptr(), input.stride);
        let mut totals = [[f32x4_splat(0.0); 2]; ROWS];
        let mut scale = self.scales.as_ptr();
        let mut pair = 0;
        while pair < self.pairs {
            let end = self.pairs.min(pair + GROUP_PAIRS);
            let mut sums = [[i32x4_splat(0); 2]; ROWS];
            // Eight pairs a turn: with four the whole map is a fifth slower; groups of real models are multiples.
            while pair + 8 <= end {
                for step in 0..8 {
                    accumulate(
                        &mut sums,
                        a.add(2 * (pair + step)),
                        a_stride,
                        w.add(step * PAIR_BYTES),
                    );
                }
                pair += 8;
                w = w.add(8 * PAIR_BYTES);
            }
            while pair < end {
                accumulate(&mut sums, a.add(2 * pair), a_stride, w);
                pair += 1;
                w = w.add(PAIR_BYTES);
            }
            for half in 0..2 {
                let group_scale = v128_load(scale.add(4 * half).cast());
                for (total, sum) in totals.iter_mut().zip(&sums) {
                    let scaled = f32x4_mul(f32x4_convert_i32x4(sum[half]), group_scale);
                    total[half] = f32x4_add(total[half], scaled);
                }
            }
            scale = scale.add(PANEL);
        }
        for half in 0..2 {
            let bias = v128_load(self.bias.as_ptr().add(4 * half).cast());
            for (row, total) in totals.iter().enumerate() {
                let row_scale = f32x4_splat(*input.scales.as_ptr().add(row));
                let value = f32x4_add(f32x4_mul(total[half], row_scale), bias);
                v128_store(out.add(row * out_stride + 4 * half).cast(), value);
            }
        }
    }
}

/// Adds the products of one pair of inputs to the sums of `ROWS` × [`PANEL`] outputs.
///
/// # Safety
/// `a` must have two readable values in each of `ROWS` rows; `w` [`PAIR_BYTES`] readable elements.
#[inline(always)]
unsafe fn accumulate<const ROWS: usize, W: Weight>(
    sums: &mut [[v128; 2]; ROWS],
    a: *const i16,
    a_stride: usize,
    w: *const W,
) {
    let w0 = W::load(w);
    let w1 = W::load(w.add(8));
    for (row, sum) in sums.iter_mut().enumerate() {
        let pair = v128_load32_splat(a.add(row * a_stride).cast());
        sum[0] = i32x4_add(sum[0], i32x4_dot_i16x8(pair, w0));
        sum[1] = i32x4_add(sum[1], i32x4_dot_i16x8(pair, w1));
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
    const ROWS: [usize; 11] = [0, 1, 2, 3, 4, 5, 8, WIDEN_ROWS - 1, WIDEN_ROWS, 18, 19];

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
