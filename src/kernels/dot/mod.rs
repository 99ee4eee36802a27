//! Products of integers: what one instruction set does with a panel of weights.
//!
//! A [`Form`] says what float32 rows become. A [`Dot`] fixes how weights lie, how such rows are packed
//! and how a group of products is summed up. Sums of a group are exact integers, and what follows is
//! float32 in a fixed order, so every implementation for a form gives the same bits.
//! [`crate::matmul_int8`] is written over them; a new instruction set is a file here.
//!
//! - [`Int16`]: `i32x4.dot_i16x8_s`, which every browser with SIMD128 has, for both forms
//! - [`relaxed`]: relaxed SIMD's dot product of int8, where it is faster: [`OnePart`] for 7 bits,
//!   [`TwoParts`] for 14
//! - `Scalar`: the twin that tests compare with, one product at a time

mod form;
pub(crate) mod int16;
pub(crate) mod relaxed;
#[cfg(test)]
mod scalar;

pub use form::{Form, Int14, QuantizedRows, Uint7};
pub use int16::{Int16, Tile};
pub use relaxed::{
    OnePart, TwoParts, install as install_relaxed, is_installed as relaxed_is_installed,
    places as relaxed_places,
};
#[cfg(test)]
pub use scalar::Scalar;

use crate::pack::GROUP;
use core::sync::atomic::{AtomicBool, Ordering};

/// What activations are rounded to on their way into a matrix of int8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activations {
    /// 14 bits with the sign, one scale for each row: [`Int14`].
    #[default]
    Int14,
    /// 7 bits without a sign, a scale and a zero point for each row and group of inputs: [`Uint7`].
    /// Inputs are multiplied by factors of their own before, which calibration has found.
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
    /// [`relaxed`].
    Relaxed,
}

impl Kernel {
    /// The name that JavaScript knows.
    pub fn name(self) -> &'static str {
        match self {
            Kernel::Simd128 => "simd128",
            Kernel::Relaxed => "relaxed",
        }
    }
}

/// Whether matrices for [`Activations::Int14`] and for [`Activations::Uint7`] are laid out for relaxed
/// SIMD from now on: a property of the machine that the program runs on, found once by timing.
static RELAXED: [AtomicBool; 2] = [AtomicBool::new(false), AtomicBool::new(false)];

/// Lays matrices for `activations` out for `kernel` from now on; those that are there stay as they are.
/// Says whether that can be: [`Kernel::Relaxed`] wants [`install_relaxed`] first.
pub fn select(activations: Activations, kernel: Kernel) -> bool {
    let relaxed = kernel == Kernel::Relaxed;
    let possible = !relaxed || relaxed_is_installed();
    if possible {
        RELAXED[activations as usize].store(relaxed, Ordering::Relaxed);
    }
    possible
}

/// What matrices for `activations` are laid out for.
pub fn selected(activations: Activations) -> Kernel {
    let relaxed = RELAXED[activations as usize].load(Ordering::Relaxed);
    if relaxed { Kernel::Relaxed } else { Kernel::Simd128 }
}

/// One way to multiply integer activations with int8 weights.
pub trait Dot {
    /// What rows become.
    type Form: Form;
    /// Outputs of a panel.
    const PANEL: usize;
    /// Neighbouring inputs of one output that lie side by side in a panel.
    const INPUTS: usize;
    /// The proof that a group's sum, and any part of it, fits into int32.
    const FITS: () = {
        let (group, limit) = (<Self::Form as Form>::GROUP, <Self::Form as Form>::LIMIT);
        assert!(group as i64 * 128 * limit as i64 <= i32::MAX as i64);
    };

    /// What rows are packed into and weights are prepared in. It grows to what is needed.
    type Scratch: Default;

    /// What the instruction set wants to know of a group of `weights` in [`Self::panel`].
    fn start(weights: &[i8]) -> i32 {
        let _ = weights;
        0
    }

    /// Packs rows.
    fn pack(rows: &QuantizedRows, scratch: &mut Self::Scratch);

    /// Multiplies the rows, which have been packed, with one panel: for each row the sums over groups of
    /// `scale · Σ activation · weight`, times the group's scale in the row where the form has one, added
    /// up group by group in float32.
    ///
    /// `weights` are [`Self::PANEL`] outputs by whole steps of [`Self::INPUTS`]; `starts`, by
    /// [`Self::start`], and `scales` [`Self::PANEL`] for each group. Returns [`Self::PANEL`] totals for
    /// each row.
    fn panel<'s>(
        weights: &[i8],
        starts: &[i32],
        scales: &[f32],
        rows: &QuantizedRows,
        scratch: &'s mut Self::Scratch,
    ) -> &'s [f32];
}
