//! What attention knows of the places of tokens, beside what the embeddings say.

use super::config::Config;
use super::relative::Relative;
use super::rotary::Angles;
use crate::Error;
use crate::kernels::padded;
use crate::kernels::rotary::rotate;

/// Biases by distance, and the angles of rotary positions: neither for BERT itself.
#[derive(Default)]
pub struct Positions {
    /// What is added to scores.
    pub relative: Relative,
    /// The angles of layers that look at the whole text, and of those with a window.
    angles: Option<[Angles; 2]>,
    heads: usize,
    head_size: usize,
}

impl Positions {
    /// What the config calls for, with a table of zeros.
    pub fn zeroed(config: &Config) -> Result<Self, Error> {
        let size = config.head_size();
        let angles = config.rotary.as_ref().map(|rotary| {
            [rotary.global_theta, rotary.local_theta].map(|theta| Angles::new(theta, size))
        });
        let relative = Relative::zeroed(config)?;
        Ok(Positions { relative, angles, heads: config.heads, head_size: size })
    }

    /// Makes whatever texts of up to `longest` tokens need.
    pub fn prepare(&mut self, longest: usize) {
        self.relative.prepare(longest);
        self.angles.iter_mut().flatten().for_each(|angles| angles.prepare(longest));
    }

    /// Turns the queries and keys of one text, `[queries | keys | values]` in rows that are `stride` apart.
    /// `local` says whether the layer has the window.
    pub fn rotate(&self, local: bool, qkv: &mut [f32], stride: usize) {
        let Some(angles) = &self.angles else { return };
        let angles = &angles[usize::from(local)];
        let width = padded(self.head_size);
        for (position, row) in qkv.chunks_exact_mut(stride).enumerate() {
            let (cosines, sines) = angles.of(position);
            for head in row.chunks_exact_mut(width).take(2 * self.heads) {
                rotate(&mut head[..self.head_size], cosines, sines);
            }
        }
    }
}
