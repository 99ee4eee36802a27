//! The packed file: an ordinary safetensors file with int8 tensors, their float32 scales, the
//! vocabulary as a U8 tensor, and everything else that the model needs in `__metadata__`.
//!
//! Tensors are row-major under the names that checkpoints have for them; the scales of `x` are
//! `x.scale`, [rows, groups]: groups of 128 inputs for weights, of 32 elements for positions, and
//! the whole row for words. Token types stay float32, as vectors do. Float32 comes first, so that
//! every tensor is aligned. `chunks` lists the SHA-256 of each [`CHUNK`] bytes of the data, so that
//! a reader that trusts the header can check the rest while it arrives.
//!
//! That is version "1". In version "3" the maps of the layers take activations of 7 bits. Their scales
//! are bfloat16, for groups of 64 inputs, so that there are no more bytes of them. `x.equalization`,
//! float32, says what the inputs of `x` are multiplied by; its weights are divided by the same. Queries,
//! keys and values have one input: the tensor of the queries stands for all three.
//!
//! A compact file, version "2", is version "1" but for its int8 tensors. Those are coded (see the
//! crate `edgebert-coding`), with one step a row instead of scales: first the tables as
//! [`TABLES`], then `x` as `x.block.0`, `x.block.1` and so on, each a row of bytes. Version "4" is
//! version "3" in the same way. There `x.equalization` is bfloat16, and so are the steps of the maps, as
//! [`edgebert_coding::step::bfloat16`] has them.

pub mod metadata;
pub mod writer;

use crate::kernels::dot::Activations;
use crate::model::tensors::Parameter;
use crate::weights::dtype::Dtype;

/// Bytes of data under one hash.
pub const CHUNK: usize = 1 << 20;
/// The tensor that holds the vocabulary, a piece a line.
pub const PACKED_VOCABULARY: &str = "tokenizer.vocabulary";
/// What the name of an int8 tensor gets for its scales.
pub const SCALE_SUFFIX: &str = ".scale";
/// The type of the scales of an int8 tensor.
pub fn scale_dtype(parameter: Parameter, activations: Activations) -> Dtype {
    match (parameter, activations) {
        (Parameter::Weight(..), Activations::Uint7) => Dtype::BF16,
        _ => Dtype::F32,
    }
}
/// The type of a tensor that is not int8.
pub fn float_dtype(parameter: Parameter, compact: bool) -> Dtype {
    match parameter {
        Parameter::Equalization(..) if compact => Dtype::BF16,
        _ => Dtype::F32,
    }
}
/// The tables of a compact file.
pub const TABLES: &str = "coding.tables";
/// What stands between the name of a tensor and the number of one of its blocks.
pub const BLOCK_SUFFIX: &str = ".block.";
