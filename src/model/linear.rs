//! A linear map with its bias.

use super::arithmetic::Arithmetic;
use super::rows::Rows;
use super::slots::Slot;
use super::tensors::OutputMap;
use crate::Error;
use crate::kernels::buffer::Buffer;
use crate::kernels::dot::Activations;
use crate::kernels::matmul_f32::Rows as FloatRows;
use crate::kernels::padded;
use std::ops::Range;

/// The weights of a linear map and what is added to its outputs.
pub struct Linear<A: Arithmetic> {
    matrix: A::Matrix,
    /// One per output, padded with zeros.
    bias: Buffer<f32>,
}

impl<A: Arithmetic> Linear<A> {
    /// A map of zeros. Errors name `name`.
    pub fn zeroed(
        outputs: usize,
        inputs: usize,
        activations: Activations,
        name: &str,
    ) -> Result<Self, Error> {
        let matrix = A::matrix(outputs, inputs, activations, name)?;
        Ok(Linear { matrix, bias: Buffer::zeroed(padded(outputs), name)? })
    }

    /// Outputs, padded.
    pub fn width(&self) -> usize {
        self.bias.len()
    }

    /// Where the weights go; an output's row is the one that `outputs` says.
    pub fn weights(&mut self, outputs: OutputMap) -> Slot<'_> {
        A::slot(&mut self.matrix, outputs)
    }

    /// Where the factors of the inputs go.
    pub fn equalization(&mut self) -> Slot<'_> {
        A::equalization(&mut self.matrix)
    }

    /// Where the bias goes.
    pub fn bias(&mut self, outputs: OutputMap) -> Slot<'_> {
        Slot::Bias { values: &mut self.bias, outputs }
    }

    /// Maps `rows` of `input` to the first rows of `out`, `stride` apart.
    pub fn forward(
        &self,
        input: &Rows,
        rows: Range<usize>,
        out: &mut [f32],
        stride: usize,
        scratch: &mut A::Scratch,
    ) {
        let values = &input.values[rows.start * input.stride..];
        let input = FloatRows { values, rows: rows.len(), stride: input.stride };
        A::multiply(&self.matrix, input, &self.bias, out, stride, scratch);
    }
}
