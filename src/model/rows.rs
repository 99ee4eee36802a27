//! Rows of activations between two linear maps.

use crate::kernels::buffer::Buffer;
use crate::kernels::padded;

/// Rows of one width, in float32. Memory only grows, so that a warm encode allocates nothing.
#[derive(Default)]
pub struct Rows {
    /// Row-major, `stride` apart; the padding after a row's width is zero.
    pub values: Buffer<f32>,
    /// Distance between rows: their width, padded.
    pub stride: usize,
}

impl Rows {
    /// Makes room for `rows` of `width` elements.
    pub fn resize(&mut self, rows: usize, width: usize) {
        self.stride = padded(width);
        self.values.grow(rows * self.stride);
    }

    /// The values of a row.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.stride..][..self.stride]
    }

    /// The values of a row, to be changed.
    pub fn row_mut(&mut self, index: usize) -> &mut [f32] {
        &mut self.values[index * self.stride..][..self.stride]
    }
}
