//! The seam between what runs an encoder and everything around it.

use super::batch::Batch;
use super::slots::Slot;
use super::tensors::Parameter;
use std::ops::Range;

/// Something that holds an encoder's weights and runs texts through it: the layers in
/// [`super::encoder`] on this thread's SIMD, and whatever else is added beside it. Pooling and the maps
/// after it are outside of it.
pub trait Backend {
    /// Where the values of this parameter are written and read back. The config must call for it.
    fn slot(&mut self, parameter: Parameter) -> Slot<'_>;

    /// The hidden states of some texts of a batch, one after the other.
    ///
    /// A text's rows are the same, bit for bit, in any group.
    fn hidden(&mut self, batch: &Batch, group: Range<usize>) -> Hidden<'_>;
}

/// Rows of hidden states.
#[derive(Clone, Copy)]
pub struct Hidden<'a> {
    /// Row-major; the padding after a row's width is zero.
    pub values: &'a [f32],
    /// Distance between rows.
    pub stride: usize,
}
