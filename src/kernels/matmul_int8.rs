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
//! - 7 bits, relaxed: 1.86, 1.83, 1.85, 1.71, 1.95; without AVX-VNNI 0.77 and 0.74
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

use crate::buffer::{Buffer, OutOfMemory};
use crate::dot::{
    self, Activations, Dot, Int14, Int16, Kernel, OnePart, QuantizedRows, TwoParts, Uint7, int16,
};
use crate::matmul_f32::Rows;
use crate::pack::{TILE_ROWS, gather, scatter, zeroed_panels};
use crate::padded;
use crate::span::assert_holds;
use crate::vector::F32x4;

/// A weight matrix [outputs, inputs] of int8, with one scale per output and group of inputs.
pub struct Int8Matrix {
    outputs: usize,
    inputs: usize,
    activations: Activations,
    kernel: Kernel,
    layout: Layout,
    /// Panels × steps of inputs × outputs of a panel × inputs of a step.
    weights: Buffer<i8>,
    /// Panels × groups × outputs of a panel.
    scales: Buffer<f32>,
    /// As the scales: [`Dot::start`] of each group.
    starts: Buffer<i32>,
    /// The factor of each input, padded with zeros; none for [`Activations::Int14`].
    equalization: Buffer<f32>,
}

/// [`Dot::PANEL`] and [`Dot::INPUTS`] of the instruction set that a matrix is laid out for.
#[derive(Clone, Copy)]
struct Layout {
    panel: usize,
    inputs: usize,
    start: fn(&[i8]) -> i32,
}

impl Layout {
    const fn of<D: Dot>() -> Self {
        Layout { panel: D::PANEL, inputs: D::INPUTS, start: D::start }
    }

    /// Elements that lie between the steps of one output.
    fn step(self) -> usize {
        self.panel * self.inputs
    }
}

impl Int8Matrix {
    /// A matrix of zeros, laid out for [`dot::selected`]; `name` is for the error where it does not
    /// fit into memory.
    pub fn zeroed(
        outputs: usize,
        inputs: usize,
        activations: Activations,
        name: &str,
    ) -> Result<Self, OutOfMemory> {
        Self::zeroed_for(dot::selected(activations), outputs, inputs, activations, name)
    }

    /// As [`Self::zeroed`], for an instruction set of the caller's.
    pub fn zeroed_for(
        kernel: Kernel,
        outputs: usize,
        inputs: usize,
        activations: Activations,
        name: &str,
    ) -> Result<Self, OutOfMemory> {
        let layout = match (activations, kernel) {
            (Activations::Int14, Kernel::Simd128) => Layout::of::<Int16<Int14>>(),
            (Activations::Int14, Kernel::Relaxed) => Layout::of::<TwoParts>(),
            (Activations::Uint7, Kernel::Simd128) => Layout::of::<Int16<Uint7>>(),
            (Activations::Uint7, Kernel::Relaxed) => Layout::of::<OnePart>(),
        };
        Self::laid_out(kernel, layout, outputs, inputs, activations, name)
    }

    fn laid_out(
        kernel: Kernel,
        layout: Layout,
        outputs: usize,
        inputs: usize,
        activations: Activations,
        name: &str,
    ) -> Result<Self, OutOfMemory> {
        let panels = outputs.div_ceil(layout.panel);
        let steps = padded(inputs).div_ceil(layout.inputs);
        let sums = inputs.div_ceil(activations.group()).checked_mul(layout.panel);
        let factors = match activations {
            Activations::Int14 => 0,
            Activations::Uint7 => padded(inputs),
        };
        Ok(Int8Matrix {
            outputs,
            inputs,
            activations,
            kernel,
            layout,
            weights: zeroed_panels(panels, steps.checked_mul(layout.step()), name)?,
            scales: zeroed_panels(panels, sums, name)?,
            starts: zeroed_panels(panels, sums, name)?,
            equalization: Buffer::zeroed(factors, name)?,
        })
    }

    /// How many outputs there are.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// How many inputs there are.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// What its activations are rounded to.
    pub fn activations(&self) -> Activations {
        self.activations
    }

    /// Groups of inputs, and so scales per output.
    pub fn groups(&self) -> usize {
        self.inputs.div_ceil(self.activations.group())
    }

    /// What each input is multiplied by before it is rounded, padded with zeros; empty for
    /// [`Activations::Int14`]. The weights have been divided by it.
    pub fn equalization_mut(&mut self) -> &mut [f32] {
        &mut self.equalization
    }

    /// Writes the weights of one output.
    pub fn set_row(&mut self, output: usize, row: &[i8]) {
        self.assert_row(output, row.len(), self.inputs);
        let start = self.row_start(output);
        scatter(row, self.layout.inputs, &mut self.weights[start..], self.layout.step());
        let starts = self.scale_start(output);
        let starts = self.starts[starts..].iter_mut().step_by(self.layout.panel);
        for (start, group) in starts.zip(row.chunks(self.activations.group())) {
            *start = (self.layout.start)(group);
        }
    }

    /// Reads back what [`Self::set_row`] wrote.
    pub fn row(&self, output: usize, row: &mut [i8]) {
        self.assert_row(output, row.len(), self.inputs);
        let start = self.row_start(output);
        gather(&self.weights[start..], self.layout.step(), self.layout.inputs, row);
    }

    /// Writes the scales of one output, one per group.
    pub fn set_scales(&mut self, output: usize, scales: &[f32]) {
        self.assert_row(output, scales.len(), self.groups());
        let start = self.scale_start(output);
        scatter(scales, 1, &mut self.scales[start..], self.layout.panel);
    }

    /// Reads back what [`Self::set_scales`] wrote.
    pub fn scales(&self, output: usize, scales: &mut [f32]) {
        self.assert_row(output, scales.len(), self.groups());
        let start = self.scale_start(output);
        gather(&self.scales[start..], self.layout.panel, 1, scales);
    }

    #[track_caller]
    fn assert_row(&self, output: usize, len: usize, expected: usize) {
        let outputs = self.outputs;
        assert!(output < outputs, "output {output} of a matrix that has {outputs}");
        assert!(len == expected, "a row of {len} elements for one of {expected}");
    }

    /// Weights of one panel.
    fn panel_len(&self) -> usize {
        padded(self.inputs).div_ceil(self.layout.inputs) * self.layout.step()
    }

    fn row_start(&self, output: usize) -> usize {
        let Layout { panel, inputs, .. } = self.layout;
        output / panel * self.panel_len() + output % panel * inputs
    }

    fn scale_start(&self, output: usize) -> usize {
        let panel = self.layout.panel;
        output / panel * self.groups() * panel + output % panel
    }
}

/// What [`matmul_int8`] works in. It is empty at first and grows to what is needed.
#[derive(Default)]
pub struct PanelScratch {
    rows: QuantizedRows,
    int16: int16::Scratch,
    one_part: <OnePart as Dot>::Scratch,
    two_parts: <TwoParts as Dot>::Scratch,
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
    let PanelScratch { rows, int16, one_part, two_parts } = scratch;
    match (weights.activations, weights.kernel) {
        (Activations::Int14, Kernel::Simd128) => {
            multiply::<Int16<Int14>>(input, weights, bias, to, rows, int16);
        }
        (Activations::Int14, Kernel::Relaxed) => {
            multiply::<TwoParts>(input, weights, bias, to, rows, two_parts);
        }
        (Activations::Uint7, Kernel::Simd128) => {
            multiply::<Int16<Uint7>>(input, weights, bias, to, rows, int16);
        }
        (Activations::Uint7, Kernel::Relaxed) => {
            multiply::<OnePart>(input, weights, bias, to, rows, one_part);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dot::{Form, Scalar};
    use crate::testing::{Canaried, random, random_int8};
    use wasm_bindgen_test::wasm_bindgen_test;

    const INPUTS: [usize; 14] = [1, 2, 3, 7, 8, 9, 16, 63, 65, 127, 128, 129, 131, 384];
    const OUTPUTS: [usize; 7] = [1, 7, 8, 9, 24, 25, 40];
    const ROWS: [usize; 11] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 19];
    const CANARY: f32 = f32::MAX;

    struct Case {
        outputs: usize,
        inputs: usize,
        weights: Vec<i8>,
        /// Enough for groups of either form.
        scales: Vec<f32>,
        bias: Vec<f32>,
        equalization: Vec<f32>,
        rows: usize,
        values: Vec<f32>,
        stride: usize,
    }

    impl Case {
        fn new(rows: usize, outputs: usize, inputs: usize) -> Self {
            let mut bias = random(3, outputs);
            bias.resize(padded(outputs), 0.0);
            let (width, stride) = (padded(inputs), padded(inputs) + 8);
            // What lies between rows must not matter.
            let mut values = random(4, rows * stride);
            values.chunks_mut(stride).for_each(|row| row[inputs..width].fill(0.0));
            Case {
                outputs,
                inputs,
                weights: random_int8(1, outputs * inputs),
                scales: random(2, outputs * inputs.div_ceil(Activations::Uint7.group())),
                bias,
                equalization: random(6, inputs).iter().map(|x| x.abs() + 0.1).collect(),
                rows,
                values,
                stride,
            }
        }

        fn matrix<D: Dot>(&self) -> Int8Matrix {
            let mut matrix = Int8Matrix::laid_out(
                Kernel::Simd128,
                Layout::of::<D>(),
                self.outputs,
                self.inputs,
                D::Form::ACTIVATIONS,
                "test",
            )
            .unwrap();
            let groups = matrix.groups();
            for output in 0..self.outputs {
                matrix.set_row(output, &self.weights[output * self.inputs..][..self.inputs]);
                matrix.set_scales(output, &self.scales[output * groups..][..groups]);
            }
            if D::Form::ACTIVATIONS == Activations::Uint7 {
                matrix.equalization_mut()[..self.inputs].copy_from_slice(&self.equalization);
            }
            matrix
        }

        fn input(&self) -> Rows<'_> {
            Rows { values: &self.values, rows: self.rows, stride: self.stride }
        }

        /// All rows, `out_stride` apart and [`CANARY`] in the gaps between them.
        fn multiplied<D: Dot>(&self, out_stride: usize, scratch: &mut D::Scratch) -> Vec<f32> {
            let mut out = Canaried::new(self.rows * out_stride, CANARY);
            let to = Destination { out: out.inner(), stride: out_stride };
            let (matrix, mut rows) = (self.matrix::<D>(), QuantizedRows::default());
            if self.rows > 0 {
                check(&self.input(), &matrix, &self.bias, &to);
                multiply::<D>(self.input(), &matrix, &self.bias, to, &mut rows, scratch);
            }
            out.check();
            out.inner().to_vec()
        }
    }

    /// Every instruction set gives the bits of [`Scalar`], and nothing is written between rows.
    fn test_dot<D: Dot>() {
        let mut scratch = D::Scratch::default();
        for inputs in INPUTS {
            for outputs in OUTPUTS {
                ROWS.into_iter()
                    .for_each(|rows| test_shape::<D>(rows, inputs, outputs, &mut scratch));
            }
        }
    }

    fn test_shape<D: Dot>(rows: usize, inputs: usize, outputs: usize, scratch: &mut D::Scratch) {
        let case = Case::new(rows, outputs, inputs);
        let (width, stride) = (padded(outputs), padded(outputs) + 16);
        let found = case.multiplied::<D>(stride, scratch);
        let expected = case.multiplied::<Scalar<D::Form>>(stride, &mut Vec::new());
        let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        for (found, expected) in found.chunks(stride).zip(expected.chunks(stride)) {
            let shape = format!("{rows} × {inputs} → {outputs}");
            assert_eq!(bits(&found[..outputs]), bits(&expected[..outputs]), "{shape}");
            assert!(found[outputs..width].iter().all(|&x| x == 0.0), "{shape}");
            assert!(found[width..].iter().all(|&x| x == CANARY), "{shape}");
        }
    }

    #[wasm_bindgen_test]
    fn rows_of_all_blocks_are_as_they_are_alone() {
        for rows in [BLOCK_ROWS, BLOCK_ROWS + 1, 2 * BLOCK_ROWS + 5] {
            let mut case = Case::new(rows, 25, 72);
            let together = case.multiplied::<Int16<Uint7>>(32, &mut Default::default());
            let values = std::mem::take(&mut case.values);
            case.rows = 1;
            for (row, found) in values.chunks(case.stride).zip(together.chunks(32)) {
                case.values = row.to_vec();
                assert_eq!(case.multiplied::<Int16<Uint7>>(32, &mut Default::default()), found);
            }
        }
    }

    #[wasm_bindgen_test]
    fn int16_equals_its_scalar_twin() {
        test_dot::<Int16<Int14>>();
        test_dot::<Int16<Uint7>>();
    }

    #[wasm_bindgen_test]
    fn relaxed_equals_its_scalar_twin() {
        crate::dot::relaxed::tests::install_assembled();
        test_dot::<TwoParts>();
        test_dot::<OnePart>();
    }

    /// The twin itself, against sums in double precision.
    fn test_twin<F: Form>() {
        let case = Case::new(3, 9, 131);
        let found = case.multiplied::<Scalar<F>>(16, &mut Vec::new());
        let mut rows = QuantizedRows::default();
        let matrix = case.matrix::<Scalar<F>>();
        rows.fill::<F>(case.input(), padded(131), &matrix.equalization);
        for (row, found) in found.chunks(16).enumerate() {
            for (output, &found) in found[..case.outputs].iter().enumerate() {
                let product = |k: usize| {
                    let group = k / F::GROUP;
                    let weight = f64::from(case.weights[output * case.inputs + k]);
                    let scale = f64::from(case.scales[output * matrix.groups() + group]);
                    let activation = match F::BY_GROUP {
                        true => rows.group_scales[group * rows.between_groups() + row],
                        false => rows.scales[row],
                    };
                    f64::from(rows.row(row)[k]) * f64::from(activation) * weight * scale
                };
                let exact =
                    (0..case.inputs).map(product).sum::<f64>() + f64::from(case.bias[output]);
                let error = (f64::from(found) - exact).abs();
                assert!(error <= 1e-6 * exact.abs().max(1e2), "{found} for {exact}");
            }
        }
    }

    #[wasm_bindgen_test]
    fn the_scalar_twin_multiplies() {
        test_twin::<Int14>();
        test_twin::<Uint7>();
    }

    /// Rounded activations make the map of the floats, within what rounding costs.
    fn test_against_floats<F: Form>(tolerance: f64) {
        let case = Case::new(5, 9, 384);
        let found = case.multiplied::<Scalar<F>>(16, &mut Vec::new());
        let groups = case.inputs / F::GROUP;
        for (row, found) in found.chunks(16).enumerate() {
            for (output, &found) in found[..case.outputs].iter().enumerate() {
                let product = |k: usize| {
                    let weight = f64::from(case.weights[output * case.inputs + k]);
                    let scale = f64::from(case.scales[output * groups + k / F::GROUP]);
                    let factor = if F::BY_GROUP { f64::from(case.equalization[k]) } else { 1.0 };
                    f64::from(case.values[row * case.stride + k]) * factor * weight * scale
                };
                let exact =
                    (0..case.inputs).map(product).sum::<f64>() + f64::from(case.bias[output]);
                let length = (0..case.inputs).map(|k| product(k).powi(2)).sum::<f64>().sqrt();
                let error = (f64::from(found) - exact).abs();
                assert!(error <= tolerance * length, "{found} for {exact}");
            }
        }
    }

    #[wasm_bindgen_test]
    fn rounding_costs_no_more_than_its_bits() {
        test_against_floats::<Int14>(5e-4);
        test_against_floats::<Uint7>(3e-2);
    }

    fn test_largest_products<D: Dot>() {
        let limit = D::Form::LIMIT;
        for (activation, weight) in
            [(limit, i8::MIN), (-limit, i8::MIN), (limit, 127), (-limit, 127)]
        {
            for rows in [1, 2] {
                let mut case = Case::new(rows, 8, 384);
                case.scales.fill(1.0);
                case.bias.fill(0.0);
                case.equalization.fill(1.0);
                case.values.fill(f32::from(activation));
                case.weights.fill(weight);
                let sum = 384 * i64::from(activation) * i64::from(weight);
                let found = case.multiplied::<D>(8, &mut D::Scratch::default());
                assert_eq!(found, vec![sum as f32; 8 * rows]);
            }
        }
    }

    #[wasm_bindgen_test]
    fn the_largest_products_do_not_overflow() {
        test_largest_products::<Int16<Int14>>();
        test_largest_products::<Int16<Uint7>>();
        test_largest_products::<Scalar<Int14>>();
        test_largest_products::<Scalar<Uint7>>();
        crate::dot::relaxed::tests::install_assembled();
        test_largest_products::<TwoParts>();
        test_largest_products::<OnePart>();
    }

    /// Rows with such numbers end in something, the same in all instruction sets, and their neighbours
    /// are as they would be without them.
    fn test_not_finite<D: Dot>() {
        for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut case = Case::new(6, 24, 384);
            let before = case.multiplied::<D>(24, &mut D::Scratch::default());
            case.values[2 * case.stride + 5] = odd;
            let found = case.multiplied::<D>(24, &mut D::Scratch::default());
            let twin = case.multiplied::<Scalar<D::Form>>(24, &mut Vec::new());
            for (row, (found, before)) in found.chunks(24).zip(before.chunks(24)).enumerate() {
                let same = |a: &f32, b: &f32| a == b || (a.is_nan() && b.is_nan());
                let expected = if row == 2 { &twin[48..72] } else { before };
                assert!(found.iter().zip(expected).all(|(a, b)| same(a, b)), "{odd}, row {row}");
            }
        }
    }

    #[wasm_bindgen_test]
    fn numbers_that_are_not_finite_stay_in_their_row() {
        test_not_finite::<Int16<Uint7>>();
        crate::dot::relaxed::tests::install_assembled();
        test_not_finite::<OnePart>();
    }

    fn test_reading_back<D: Dot>() {
        let case = Case::new(0, 9, 129);
        let mut matrix = case.matrix::<D>();
        let groups = matrix.groups();
        for output in 0..9 {
            let (mut row, mut scales) = ([0; 129], vec![0.0; groups]);
            matrix.row(output, &mut row);
            matrix.scales(output, &mut scales);
            assert_eq!(row, case.weights[output * 129..][..129]);
            assert_eq!(scales, case.scales[output * groups..][..groups]);
        }
        match D::Form::ACTIVATIONS {
            Activations::Int14 => assert!(matrix.equalization_mut().is_empty()),
            Activations::Uint7 => {
                let (factors, padding) = matrix.equalization_mut().split_at(129);
                assert_eq!(factors, case.equalization);
                assert_eq!(padding, [0.0; 7]);
            }
        }
    }

    #[wasm_bindgen_test]
    fn what_is_written_reads_back() {
        test_reading_back::<Int16<Int14>>();
        test_reading_back::<Int16<Uint7>>();
        test_reading_back::<TwoParts>();
        test_reading_back::<OnePart>();
        test_reading_back::<Scalar<Int14>>();
    }

    #[wasm_bindgen_test]
    #[should_panic(expected = "`out` holds 1 elements: too few for 2 rows of 8")]
    fn a_stride_that_wraps_is_refused() {
        let case = Case::new(2, 8, 8);
        let stride = usize::MAX - 6;
        let matrix = case.matrix::<Int16<Int14>>();
        let scratch = &mut PanelScratch::default();
        matmul_int8(case.input(), &matrix, &case.bias, &mut [0.0], stride, scratch);
    }
}
