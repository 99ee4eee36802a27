//! A linear map with its bias, in either precision.

use super::precision::Precision;
use super::rows::Activations;
use crate::kernels::buffer::Buffer;
use crate::kernels::matmul_f32::{matmul_f32, FloatMatrix, Rows};
use crate::kernels::matmul_int8::{matmul_int8, Int16Rows, Int8Matrix, PanelScratch};
use crate::kernels::padded;
use crate::Error;
use std::ops::Range;

pub enum Weights {
    Int8(Int8Matrix),
    F32(FloatMatrix),
}

pub struct Linear {
    pub weights: Weights,
    /// One per output, padded with zeros.
    pub bias: Buffer<f32>,
}

impl Linear {
    pub fn zeroed(
        outputs: usize,
        inputs: usize,
        precision: Precision,
        name: &str,
    ) -> Result<Self, Error> {
        Ok(Linear {
            weights: match precision {
                Precision::Int8 => Weights::Int8(Int8Matrix::zeroed(outputs, inputs, name)?),
                Precision::F32 => Weights::F32(FloatMatrix::zeroed(outputs, inputs, name)?),
            },
            bias: Buffer::zeroed(padded(outputs), name)?,
        })
    }

    /// Maps `rows` of `input` to the first rows of `out`, `stride` apart. int8 weights read the
    /// rows' int16 form, which must be up to date.
    pub fn forward(
        &self,
        input: &Activations,
        rows: Range<usize>,
        out: &mut [f32],
        stride: usize,
        panel: &mut PanelScratch,
    ) {
        let first = rows.start * input.stride;
        match &self.weights {
            Weights::Int8(matrix) => {
                let input = Int16Rows {
                    values: &input.quantized[first..],
                    scales: &input.scales[rows],
                    stride: input.stride,
                };
                matmul_int8(input, matrix, &self.bias, out, stride, panel);
            }
            Weights::F32(matrix) => {
                let input =
                    Rows { values: &input.values[first..], rows: rows.len(), stride: input.stride };
                matmul_f32(input, matrix, &self.bias, out, stride);
            }
        }
    }
}
