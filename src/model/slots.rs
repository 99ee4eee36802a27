//! Where the tensors of a model go in, row by row, and come out again.

use super::tensors::OutputMap;
use crate::kernels::matmul_f32::FloatMatrix;
use crate::kernels::matmul_int8::Int8Matrix;
use crate::kernels::quantize_weights::QuantizedRow;

/// The memory of one tensor.
pub enum Slot<'m> {
    /// Float32 rows, `stride` apart; a vector is one row.
    FloatRows {
        /// The rows, padded with zeros.
        values: &'m mut [f32],
        /// Distance between rows.
        stride: usize,
    },
    /// A vector whose elements are the outputs of a linear map.
    Bias {
        /// One for each output.
        values: &'m mut [f32],
        /// Where each output is.
        outputs: OutputMap,
    },
    /// A float32 matrix, a row for each output.
    FloatMatrix {
        /// The weights.
        matrix: &'m mut FloatMatrix,
        /// Where each output is.
        outputs: OutputMap,
    },
    /// int8 rows with their scales.
    Int8Rows {
        /// The rows, padded with zeros.
        values: &'m mut [i8],
        /// Distance between rows.
        stride: usize,
        /// Row by row, one for each group.
        scales: &'m mut [f32],
        /// Elements that share a scale.
        group: usize,
    },
    /// An int8 matrix, a row for each output.
    Int8Matrix {
        /// The weights.
        matrix: &'m mut Int8Matrix,
        /// Where each output is.
        outputs: OutputMap,
    },
}

impl Slot<'_> {
    /// Writes row `index` from floats, which an int8 tensor takes quantised.
    pub fn put_floats(&mut self, index: usize, row: &[f32], quantized: &mut QuantizedRow) {
        match self {
            Slot::FloatRows { values, stride } => {
                values[index * *stride..][..row.len()].copy_from_slice(row);
            }
            Slot::Bias { values, outputs } => {
                for (output, &value) in row.iter().enumerate() {
                    values[outputs.row(output)] = value;
                }
            }
            Slot::FloatMatrix { matrix, outputs } => matrix.set_row(outputs.row(index), row),
            Slot::Int8Rows { group, .. } => {
                quantized.quantize(row, *group);
                self.put_quantized(index, quantized);
            }
            Slot::Int8Matrix { matrix, .. } => {
                quantized.quantize(row, matrix.activations().group());
                self.put_quantized(index, quantized);
            }
        }
    }

    fn put_quantized(&mut self, index: usize, row: &QuantizedRow) {
        self.put_int8(index, &row.values);
        self.put_scales(index, &row.scales);
    }

    /// Writes rows of `width` elements of an int8 tensor, from row `first` on.
    pub fn put_int8_rows(&mut self, first: usize, width: usize, rows: &[i8]) {
        match self {
            // Most bytes of a model are a vocabulary's rows, which mostly need no padding.
            Slot::Int8Rows { values, stride, .. } if *stride == width => {
                values[first * width..][..rows.len()].copy_from_slice(rows);
            }
            _ => {
                for (row, index) in rows.chunks(width).zip(first..) {
                    self.put_int8(index, row);
                }
            }
        }
    }

    /// Writes row `index` of an int8 tensor.
    pub fn put_int8(&mut self, index: usize, row: &[i8]) {
        match self {
            Slot::Int8Rows { values, stride, .. } => {
                values[index * *stride..][..row.len()].copy_from_slice(row);
            }
            Slot::Int8Matrix { matrix, outputs } => matrix.set_row(outputs.row(index), row),
            _ => panic!("int8 weights for a float32 tensor"),
        }
    }

    /// Writes the scales of row `index` of an int8 tensor.
    pub fn put_scales(&mut self, index: usize, row: &[f32]) {
        match self {
            Slot::Int8Rows { scales, .. } => {
                scales[index * row.len()..][..row.len()].copy_from_slice(row);
            }
            Slot::Int8Matrix { matrix, outputs } => matrix.set_scales(outputs.row(index), row),
            _ => panic!("scales for a float32 tensor"),
        }
    }

    /// Reads back row `index` of a float32 tensor.
    pub fn floats(&self, index: usize, row: &mut [f32]) {
        match self {
            Slot::FloatRows { values, stride } => {
                row.copy_from_slice(&values[index * stride..][..row.len()]);
            }
            Slot::Bias { values, outputs } => {
                row.iter_mut().enumerate().for_each(|(output, x)| *x = values[outputs.row(output)]);
            }
            Slot::FloatMatrix { matrix, outputs } => matrix.row(outputs.row(index), row),
            _ => panic!("float32 weights of an int8 tensor"),
        }
    }

    /// Reads back row `index` of an int8 tensor.
    pub fn int8(&self, index: usize, row: &mut [i8]) {
        match self {
            Slot::Int8Rows { values, stride, .. } => {
                row.copy_from_slice(&values[index * stride..][..row.len()]);
            }
            Slot::Int8Matrix { matrix, outputs } => matrix.row(outputs.row(index), row),
            _ => panic!("int8 weights of a float32 tensor"),
        }
    }

    /// Reads back the scales of row `index` of an int8 tensor.
    pub fn scales(&self, index: usize, row: &mut [f32]) {
        match self {
            Slot::Int8Rows { scales, .. } => {
                row.copy_from_slice(&scales[index * row.len()..][..row.len()]);
            }
            Slot::Int8Matrix { matrix, outputs } => matrix.scales(outputs.row(index), row),
            _ => panic!("scales of a float32 tensor"),
        }
    }
}
