//! The two ways in which an encoder computes: int8 weights with activations that are rounded to integers,
//! or float32 throughout.

use super::slots::Slot;
use super::tensors::{self, OutputMap, Parameter};
use crate::Error;
use crate::kernels::attention::AttentionHead;
use crate::kernels::dot::Activations;
use crate::kernels::matmul_f32::{FloatMatrix, Rows, matmul_f32};
use crate::kernels::matmul_int8::{Int8Matrix, PanelScratch, matmul_int8};
use crate::kernels::{attention_f32, attention_int16};

/// How weights are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// int8 weights, activations of as many bits as [`Activations`] says: [`Int8`].
    Int8,
    /// float32 throughout: [`Float32`].
    F32,
}

impl Precision {
    /// The name that JavaScript knows.
    pub fn name(self) -> &'static str {
        match self {
            Precision::Int8 => "int8",
            Precision::F32 => "f32",
        }
    }
}

/// What the layers of an encoder need of an arithmetic.
pub trait Arithmetic: 'static {
    /// The weights of a linear map.
    type Matrix;
    /// Memory to work in, shared by all layers.
    type Scratch: Default;

    /// A matrix of zeros, for `activations` where they are rounded. Errors name `name`.
    fn matrix(
        outputs: usize,
        inputs: usize,
        activations: Activations,
        name: &str,
    ) -> Result<Self::Matrix, Error>;

    /// The matrix as a place for a tensor, whose outputs go where `outputs` says.
    fn slot(matrix: &mut Self::Matrix, outputs: OutputMap) -> Slot<'_>;

    /// Where the factors of the matrix's inputs go, of which float32 has none.
    fn equalization(matrix: &mut Self::Matrix) -> Slot<'_>;

    /// How many elements of a table's row share a scale; `None` where the table is float32.
    fn table_group(parameter: Parameter) -> Option<usize>;

    /// Maps rows to the first rows of `out`, `stride` apart, and adds `bias`.
    fn multiply(
        matrix: &Self::Matrix,
        input: Rows<'_>,
        bias: &[f32],
        out: &mut [f32],
        stride: usize,
        scratch: &mut Self::Scratch,
    );

    /// Self-attention of one text and one head, into rows that are `stride` apart.
    fn attend(
        head: &AttentionHead<'_>,
        scratch: &mut Self::Scratch,
        out: &mut [f32],
        stride: usize,
    );
}

/// int8 weights; activations are rounded to integers on their way into each linear map.
pub enum Int8 {}

/// Memory that [`Int8`] works in.
#[derive(Default)]
pub struct Int8Scratch {
    panel: PanelScratch,
    attention: attention_int16::AttentionScratch,
}

impl Arithmetic for Int8 {
    type Matrix = Int8Matrix;
    type Scratch = Int8Scratch;

    fn matrix(
        outputs: usize,
        inputs: usize,
        activations: Activations,
        name: &str,
    ) -> Result<Int8Matrix, Error> {
        Ok(Int8Matrix::zeroed(outputs, inputs, activations, name)?)
    }

    fn slot(matrix: &mut Int8Matrix, outputs: OutputMap) -> Slot<'_> {
        Slot::Int8Matrix { matrix, outputs }
    }

    fn equalization(matrix: &mut Int8Matrix) -> Slot<'_> {
        let values = matrix.equalization_mut();
        Slot::FloatRows { stride: values.len(), values }
    }

    fn table_group(parameter: Parameter) -> Option<usize> {
        // Tables have the same groups for all activations.
        tensors::int8_group(parameter, Activations::default())
    }

    fn multiply(
        matrix: &Int8Matrix,
        input: Rows<'_>,
        bias: &[f32],
        out: &mut [f32],
        stride: usize,
        scratch: &mut Int8Scratch,
    ) {
        matmul_int8(input, matrix, bias, out, stride, &mut scratch.panel);
    }

    fn attend(head: &AttentionHead<'_>, scratch: &mut Int8Scratch, out: &mut [f32], stride: usize) {
        attention_int16::attend(head, &mut scratch.attention, out, stride);
    }
}

/// float32 weights and activations.
pub enum Float32 {}

impl Arithmetic for Float32 {
    type Matrix = FloatMatrix;
    type Scratch = attention_f32::AttentionScratch;

    fn matrix(
        outputs: usize,
        inputs: usize,
        _: Activations,
        name: &str,
    ) -> Result<FloatMatrix, Error> {
        Ok(FloatMatrix::zeroed(outputs, inputs, name)?)
    }

    fn slot(matrix: &mut FloatMatrix, outputs: OutputMap) -> Slot<'_> {
        Slot::FloatMatrix { matrix, outputs }
    }

    fn equalization(_: &mut FloatMatrix) -> Slot<'_> {
        unreachable!("float32 maps have no equalization")
    }

    fn table_group(_: Parameter) -> Option<usize> {
        None
    }

    fn multiply(
        matrix: &FloatMatrix,
        input: Rows<'_>,
        bias: &[f32],
        out: &mut [f32],
        stride: usize,
        _: &mut Self::Scratch,
    ) {
        matmul_f32(input, matrix, bias, out, stride);
    }

    fn attend(
        head: &AttentionHead<'_>,
        scratch: &mut Self::Scratch,
        out: &mut [f32],
        stride: usize,
    ) {
        attention_f32::attend(head, scratch, out, stride);
    }
}
