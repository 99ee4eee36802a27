//! The encoder: word pieces in, one vector per text out.
//!
//! [`config`] says what the model's files ask for, [`layout`] names its tensors, [`Model`] holds
//! them (`storage` is how they get in and out), and [`encoder`] runs texts through [`embeddings`], every [`layer`] and [`pooling`].

pub mod activations;
pub mod config;
pub mod embeddings;
pub mod encoder;
pub mod json;
pub mod layer;
pub mod layout;
pub mod linear;
pub mod pooling;
mod storage;

use crate::Error;
use config::Config;
use embeddings::Embeddings;
use layer::Layer;
use linear::Precision;

/// An encoder's weights.
pub struct Model {
    pub config: Config,
    pub precision: Precision,
    pub embeddings: Embeddings,
    pub layers: Vec<Layer>,
}

impl Model {
    /// A model of zeros with the config's shapes, for a loader to fill.
    pub fn zeroed(config: Config, precision: Precision) -> Result<Self, Error> {
        let layers = (0..config.layers)
            .map(|index| Layer::zeroed(&config, precision, index))
            .collect::<Result<_, _>>()?;
        Ok(Model { embeddings: Embeddings::zeroed(&config, precision)?, precision, layers, config })
    }
}
