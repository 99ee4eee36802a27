use super::matrix::Layout;
use super::*;
use crate::dot::relaxed::tests::{ONE_PART, install_assembled};
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
            ROWS.into_iter().for_each(|rows| test_shape::<D>(rows, inputs, outputs, &mut scratch));
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
    for one_part in ONE_PART {
        install_assembled(one_part);
        test_dot::<OnePart>();
    }
    test_dot::<TwoParts>();
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
            let exact = (0..case.inputs).map(product).sum::<f64>() + f64::from(case.bias[output]);
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
            let exact = (0..case.inputs).map(product).sum::<f64>() + f64::from(case.bias[output]);
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
    for (activation, weight) in [(limit, i8::MIN), (-limit, i8::MIN), (limit, 127), (-limit, 127)] {
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
    for one_part in ONE_PART {
        install_assembled(one_part);
        test_largest_products::<OnePart>();
    }
    test_largest_products::<TwoParts>();
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
    for one_part in ONE_PART {
        install_assembled(one_part);
        test_not_finite::<OnePart>();
    }
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
