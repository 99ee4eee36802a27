//! The parameters of a layer norm.

use super::config::Config;
use crate::kernels::buffer::Buffer;
use crate::kernels::layer_norm::LayerNorm;
use crate::kernels::padded;
use crate::Error;

/// The parameters of a layer norm, padded with zeros.
pub struct Norm {
    pub gamma: Buffer<f32>,
    pub beta: Buffer<f32>,
    len: usize,
    epsilon: f32,
}

impl Norm {
    pub fn zeroed(config: &Config, name: &str) -> Result<Self, Error> {
        Ok(Norm {
            gamma: Buffer::zeroed(padded(config.hidden), name)?,
            beta: Buffer::zeroed(padded(config.hidden), name)?,
            len: config.hidden,
            epsilon: config.epsilon as f32,
        })
    }

    pub fn kernel(&self) -> LayerNorm<'_> {
        LayerNorm { gamma: &self.gamma, beta: &self.beta, len: self.len, epsilon: self.epsilon }
    }
}
