//! Products of integers: what one instruction set does with a panel of weights.
//!
//! A [`Dot`] fixes how weights lie, how rows are packed and how a group of products is summed up.
//! Sums of a group are exact integers, and what follows is float32 in a fixed order, so every
//! implementation gives the same bits. [`crate::matmul_int8`] is written over it; a new instruction
//! set is a file here.
//!
//! - [`Int16`]: `i32x4.dot_i16x8_s`, which every browser with SIMD128 has
//! - [`Relaxed`]: relaxed SIMD's dot product of int8, where it is faster
//! - `Scalar`: the twin that tests compare with, one product at a time

mod int16;
pub(crate) mod relaxed;
#[cfg(test)]
mod scalar;

pub use int16::{Int16, Tile};
pub use relaxed::{
    Relaxed, install as install_relaxed, is_installed as relaxed_is_installed,
    place as relaxed_place,
};
#[cfg(test)]
pub use scalar::Scalar;

use crate::pack::GROUP;
use core::sync::atomic::{AtomicBool, Ordering};

/// The largest magnitude of an activation: 14 bits with the sign, which [`Relaxed`] takes in two parts
/// of 7. Two bits more would change no vector's cosine by 1e-6.
pub const LIMIT: i16 = 8191;

/// What activations are rounded to on their way into a matrix of int8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activations {
    /// 14 bits with the sign, one scale for each row.
    #[default]
    Int14,
    /// 7 bits without a sign, a scale and a zero point for each row and group of inputs. Inputs are
    /// multiplied by factors of their own before, which calibration has found.
    Uint7,
}

impl Activations {
    /// Inputs whose products are summed up as integers, so that their weights share a scale.
    pub const fn group(self) -> usize {
        match self {
            Activations::Int14 => GROUP,
            Activations::Uint7 => GROUP / 2,
        }
    }
}

/// The instruction sets that a matrix can be laid out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// [`Int16`].
    Simd128,
    /// [`Relaxed`].
    Relaxed,
}

/// Whether matrices are laid out for [`Relaxed`] from now on: a property of the machine that the
/// program runs on, found once by timing.
static RELAXED: AtomicBool = AtomicBool::new(false);

/// Lays matrices out for `kernel` from now on; those that are there stay as they are. Says whether
/// that can be: [`Kernel::Relaxed`] wants [`install_relaxed`] first.
pub fn select(kernel: Kernel) -> bool {
    let relaxed = kernel == Kernel::Relaxed;
    let possible = !relaxed || relaxed_is_installed();
    if possible {
        RELAXED.store(relaxed, Ordering::Relaxed);
    }
    possible
}

/// What matrices are laid out for.
pub fn selected() -> Kernel {
    if RELAXED.load(Ordering::Relaxed) { Kernel::Relaxed } else { Kernel::Simd128 }
}

/// One way to multiply integer activations with int8 weights.
pub trait Dot {
    /// Outputs of a panel.
    const PANEL: usize;
    /// Neighbouring inputs of one output that lie side by side in a panel.
    const INPUTS: usize;
    /// The proof that a group's sum, and any part of it, fits into int32.
    const FITS: () = assert!(GROUP as i64 * 128 * LIMIT as i64 <= i32::MAX as i64);

    /// What rows are packed into and weights are prepared in. It grows to what is needed.
    type Scratch: Default;

    /// What the sum over a group of `weights` starts from in [`Self::panel`].
    fn start(weights: &[i8]) -> i32 {
        let _ = weights;
        0
    }

    /// Packs `rows` rows of `inputs` activations, a multiple of 8, `stride` apart.
    fn pack(values: &[i16], stride: usize, rows: usize, inputs: usize, scratch: &mut Self::Scratch);

    /// Multiplies the packed rows with one panel: for each row the sums over groups of
    /// `scale · Σ activation · weight`, added up group by group in float32.
    ///
    /// `weights` are [`Self::PANEL`] outputs by whole steps of [`Self::INPUTS`]; `starts`, by
    /// [`Self::start`], and `scales` [`Self::PANEL`] for each group. Returns [`Self::PANEL`] totals for
    /// each row.
    fn panel<'s>(
        weights: &[i8],
        starts: &[i32],
        scales: &[f32],
        scratch: &'s mut Self::Scratch,
    ) -> &'s [f32];
}
