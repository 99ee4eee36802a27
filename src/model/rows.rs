//! Rows of activations between two linear maps.

use super::arithmetic::Arithmetic;
use crate::kernels::buffer::Buffer;
use crate::kernels::padded;

/// Rows of one width, in float32 and in whatever form the arithmetic multiplies. Memory only grows, so
/// that a warm encode allocates nothing.
pub struct Rows<A: Arithmetic> {
    /// Row-major, `stride` apart; the padding after a row's width is zero.
    pub values: Buffer<f32>,
    /// Distance between rows: their width, padded.
    pub stride: usize,
    /// The rows as the arithmetic multiplies them.
    pub form: A::Form,
}

impl<A: Arithmetic> Default for Rows<A> {
    fn default() -> Self {
        Rows { values: Buffer::default(), stride: 0, form: A::Form::default() }
    }
}

impl<A: Arithmetic> Rows<A> {
    /// Makes room for `rows` of `width` elements.
    pub fn resize(&mut self, rows: usize, width: usize) {
        self.stride = padded(width);
        self.values.grow(rows * self.stride);
        A::resize(&mut self.form, rows, self.stride);
    }

    /// The values of a row.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.stride..][..self.stride]
    }

    /// The values of a row, to be changed.
    pub fn row_mut(&mut self, index: usize) -> &mut [f32] {
        &mut self.values[index * self.stride..][..self.stride]
    }

    /// Brings the form of a row, whose largest magnitude is `max`, up to date.
    pub fn refresh(&mut self, index: usize, max: f32) {
        self.refresh_by(index, |_| max);
    }

    /// Brings the form of a row up to date; its largest magnitude is found by `max`, where it is needed.
    pub fn refresh_by(&mut self, index: usize, max: impl FnOnce(&[f32]) -> f32) {
        let row = &self.values[index * self.stride..][..self.stride];
        A::refresh(&mut self.form, index, row, max);
    }
}
