//! Products of integers: what one instruction set does with a panel of weights.
//!
//! A [`Dot`] fixes how weights lie, how rows are packed and how a group of products is summed up.
//! Sums of a group are exact integers, and what follows is float32 in a fixed order, so every
//! implementation gives the same bits. [`crate::matmul_int8`] is written over it; a new instruction
//! set is a file here.
//!
//! - [`Int16`]: `i32x4.dot_i16x8_s`, which every browser with SIMD128 has
//! - `Scalar`: the twin that tests compare with, one product at a time

mod int16;
#[cfg(test)]
mod scalar;

pub use int16::{Int16, Tile};
#[cfg(test)]
pub use scalar::Scalar;

use crate::pack::GROUP;

/// One way to multiply integer activations with int8 weights.
pub trait Dot {
    /// Outputs of a panel.
    const PANEL: usize;
    /// Neighbouring inputs of one output that lie side by side in a panel.
    const INPUTS: usize;
    /// The largest magnitude of an activation.
    const LIMIT: i64;
    /// The proof that a group's sum, and any part of it, fits into int32.
    const FITS: () = assert!(GROUP as i64 * 128 * Self::LIMIT <= i32::MAX as i64);

    /// What rows are packed into and weights are prepared in. It grows to what is needed.
    type Scratch: Default;

    /// Packs `rows` rows of `inputs` activations, a multiple of 8, `stride` apart.
    fn pack(values: &[i16], stride: usize, rows: usize, inputs: usize, scratch: &mut Self::Scratch);

    /// Multiplies the packed rows with one panel: for each row the sums over groups of
    /// `scale · Σ activation · weight`, added up group by group in float32.
    ///
    /// `weights` are [`Self::PANEL`] outputs by whole steps of [`Self::INPUTS`], `scales`
    /// [`Self::PANEL`] for each group. Returns [`Self::PANEL`] totals for each row.
    fn panel<'s>(weights: &[i8], scales: &[f32], scratch: &'s mut Self::Scratch) -> &'s [f32];
}
