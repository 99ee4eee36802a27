//! Rows of activations between two linear maps: in float32, and in int16 for int8 weights.

use super::precision::Precision;
use crate::kernels::buffer::Buffer;
use crate::kernels::padded;
use crate::kernels::quantize::quantize_row;

/// Rows of one width. Memory only grows, so that a warm encode allocates nothing.
#[derive(Default)]
pub struct Activations {
    /// Row-major, `stride` apart; what lies behind a row's width is zero.
    pub values: Buffer<f32>,
    pub quantized: Buffer<i16>,
    pub scales: Vec<f32>,
    pub stride: usize,
}

impl Activations {
    /// Makes room for `rows` of `width` elements.
    pub fn resize(&mut self, rows: usize, width: usize, precision: Precision) {
        self.stride = padded(width);
        self.values.grow(rows * self.stride);
        if precision == Precision::Int8 {
            self.quantized.grow(rows * self.stride);
            self.scales.resize(self.scales.len().max(rows), 0.0);
        }
    }

    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.stride..][..self.stride]
    }

    pub fn row_mut(&mut self, index: usize) -> &mut [f32] {
        &mut self.values[index * self.stride..][..self.stride]
    }

    /// Brings the int16 form of a row, whose largest magnitude is `max`, up to date.
    pub fn quantize(&mut self, index: usize, max: f32) {
        let at = index * self.stride;
        let (row, out) =
            (&self.values[at..][..self.stride], &mut self.quantized[at..][..self.stride]);
        self.scales[index] = quantize_row(row, max, out);
    }
}
