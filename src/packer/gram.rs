//! What the inputs of a map have to do with each other: sums of products over all pieces of text.

use crate::matmul::{add_scaled, transposed};
use edgebert_kernels::dot::Activations;
use edgebert_kernels::matmul_f32::Rows;
use edgebert_kernels::matmul_int8::{Int8Matrix, PanelScratch, matmul_int8};
use edgebert_kernels::padded;
use edgebert_kernels::quantize_weights::QuantizedRow;

/// Columns of the matrix that are summed together.
const COLUMNS: usize = 256;

/// `Σ xᵀ x` over rows x of inputs, of which what lies on and above the diagonal is kept.
///
/// The products are the engine's, of 14 bits with 8: three times as fast as float32. Every input is a row
/// of them, as long as there are pieces, so that what rounding adds is far below the damping.
pub struct Gram {
    width: usize,
    pub sums: Vec<f32>,
}

impl Gram {
    pub fn new(width: usize) -> Self {
        Gram { width, sums: vec![0.0; width * width] }
    }

    /// Adds rows of inputs.
    pub fn add(&mut self, rows: &[f32], scratch: &mut PanelScratch) {
        let (width, pieces) = (self.width, rows.len() / self.width);
        let stride = padded(pieces);
        // Rows of inputs become columns, padded with zeros.
        let mut whole = rows.to_vec();
        whole.resize(stride * width, 0.0);
        let values = transposed(&whole, width);
        let mut quantized = QuantizedRow::default();
        for first in (0..width).step_by(COLUMNS) {
            let end = width.min(first + COLUMNS);
            let mut right = matrix(end - first, pieces);
            for column in first..end {
                let input = &values[column * stride..][..pieces];
                quantized.quantize(input, Activations::Int14.group());
                right.set_row(column - first, &quantized.values);
                right.set_scales(column - first, &quantized.scales);
            }
            let columns = padded(end - first);
            let mut block = vec![0.0; end * columns];
            let left = Rows { values: &values, rows: end, stride };
            matmul_int8(left, &right, &vec![0.0; columns], &mut block, columns, scratch);
            for (row, block) in self.sums.chunks_exact_mut(width).zip(block.chunks_exact(columns)) {
                add_scaled(&mut row[first..end], 1.0, block);
            }
        }
    }

    /// What it would be of inputs that are multiplied by `factors`.
    pub fn scale(&mut self, factors: &[f32]) {
        for (row, e) in self.sums.chunks_exact_mut(self.width).zip(factors) {
            row.iter_mut().zip(factors).for_each(|(sum, other)| *sum *= e * other);
        }
    }
}

/// A matrix of zeros for activations of 14 bits.
pub fn matrix(outputs: usize, inputs: usize) -> Int8Matrix {
    // Packing has no other way to go on without memory.
    Int8Matrix::zeroed(outputs, inputs, Activations::Int14, "calibration")
        .unwrap_or_else(|_| panic!("there is no memory for calibration"))
}
