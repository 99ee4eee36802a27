//! The parameters of a layer norm.

use super::config::Config;
use super::slots::Slot;
use crate::Error;
use crate::kernels::buffer::Buffer;
use crate::kernels::layer_norm::LayerNorm;
use crate::kernels::padded;

/// The parameters of a layer norm, padded with zeros.
pub struct Norm {
    gamma: Buffer<f32>,
    beta: Buffer<f32>,
    len: usize,
    epsilon: f32,
}

impl Norm {
    /// Parameters of zeros. Errors name `name`.
    pub fn zeroed(config: &Config, name: &str) -> Result<Self, Error> {
        Ok(Norm {
            gamma: Buffer::zeroed(padded(config.hidden), name)?,
            beta: Buffer::zeroed(padded(config.hidden), name)?,
            len: config.hidden,
            epsilon: config.epsilon as f32,
        })
    }

    /// Normalises `row` into itself. `zeros` are as many as a row has elements: the residual that is missing.
    pub fn apply(&self, row: &mut [f32], zeros: &[f32]) {
        self.kernel().add_and_normalize(row, zeros);
    }

    /// Where the factors go.
    pub fn gamma(&mut self) -> Slot<'_> {
        Slot::FloatRows { stride: self.gamma.len(), values: &mut self.gamma }
    }

    /// Where the summands go.
    pub fn beta(&mut self) -> Slot<'_> {
        Slot::FloatRows { stride: self.beta.len(), values: &mut self.beta }
    }

    /// The kernel with these parameters.
    pub fn kernel(&self) -> LayerNorm<'_> {
        LayerNorm { gamma: &self.gamma, beta: &self.beta, len: self.len, epsilon: self.epsilon }
    }
}
