//! What is added to attention by the distance of two tokens: MPNet's bias, or a window.

use super::config::{Architecture, Config};
use super::slots::Slot;
use crate::Error;
use crate::kernels::buffer::Buffer;

/// Rows of MPNet's table: half of them for tokens in front, half for those behind.
pub const BUCKETS: usize = 32;
/// From here on all distances share a row.
const FARTHEST: usize = 128;

/// The bias of attention for each distance of a key from its query.
#[derive(Default)]
pub struct Relative {
    /// MPNet's table: a row for each bucket, one number for each head.
    table: Buffer<f32>,
    heads: usize,
    /// How many tokens on either side a layer with a window looks at.
    window: Option<usize>,
    /// The biases of each head one after the other, `2 · longest - 1` of them: the keys in front of the
    /// query, the query, the keys behind it. With a window they are the same for all heads.
    biases: Vec<f32>,
    longest: usize,
}

impl Relative {
    /// A table of zeros, or a window.
    pub fn zeroed(config: &Config) -> Result<Self, Error> {
        let heads = if config.architecture == Architecture::Mpnet { config.heads } else { 0 };
        Ok(Relative {
            table: Buffer::zeroed(BUCKETS * heads, "the table of relative positions")?,
            heads,
            window: config.rotary.as_ref().map(|rotary| rotary.window),
            ..Relative::default()
        })
    }

    /// Where the table goes.
    pub fn slot(&mut self) -> Slot<'_> {
        Slot::FloatRows { stride: self.heads, values: &mut self.table }
    }

    /// Makes the biases for texts of up to `longest` tokens.
    pub fn prepare(&mut self, longest: usize) {
        if longest <= self.longest || (self.heads == 0 && self.window.is_none()) {
            return;
        }
        // Texts of many lengths do not make them anew each time.
        let longest = longest.next_power_of_two();
        self.longest = longest;
        self.biases.clear();
        let distances = || (1..2 * longest).map(|at| at as isize - longest as isize);
        for head in 0..self.heads {
            let bias = |distance: isize| self.table[bucket(distance) * self.heads + head];
            self.biases.extend(distances().map(bias));
        }
        if let Some(window) = self.window {
            let bias = |distance: isize| match distance.unsigned_abs() <= window {
                true => 0.0,
                false => f32::NEG_INFINITY,
            };
            self.biases.extend(distances().map(bias));
        }
    }

    /// The biases of a head in a text of `length` tokens, as
    /// [`crate::kernels::attention::AttentionHead`] has them: none where all are 0. `local` says whether
    /// the layer has the window.
    pub fn of(&self, head: usize, length: usize, local: bool) -> &[f32] {
        let first = match self.window {
            Some(window) if local && length > window + 1 => 0,
            None if self.heads > 0 => head * (2 * self.longest - 1),
            _ => return &[],
        };
        &self.biases[first + self.longest - length..][..2 * length - 1]
    }
}

/// The row of MPNet's table for a key that is `distance` tokens behind its query: each of the nearest has
/// one, then they grow with the logarithm. As in `MPNetEncoder.relative_position_bucket` of `transformers`.
fn bucket(distance: isize) -> usize {
    let half = BUCKETS / 2;
    let exact = half / 2;
    let side = if distance > 0 { half } else { 0 };
    let far = distance.unsigned_abs();
    if far < exact {
        return side + far;
    }
    // ⌊8 · log(far / 8) / log(128 / 8)⌋ in whole numbers.
    let logarithm = (far.min(FARTHEST - 1) as u64).pow(8).ilog2() as usize;
    side + exact + (logarithm - 24) / 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// Where the rows change, as PyTorch has them.
    #[wasm_bindgen_test]
    fn buckets_are_those_of_transformers() {
        let first = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91];
        for (row, &near) in first.iter().enumerate() {
            assert_eq!(bucket(-near), row, "{near}");
            if near > 0 {
                assert_eq!((bucket(near), bucket(1 - near)), (16 + row, row - 1), "{near}");
            }
        }
        assert_eq!((bucket(-5000), bucket(5000)), (15, 31));
    }
}
