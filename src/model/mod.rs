//! The encoder: word pieces in, one vector per text out.
//!
//! [`config`] and [`pipeline`] say what the model's files ask for, [`tensors`] names its tensors,
//! [`Model`] holds them (`slots` is how they get in and out), and [`encoder`] runs texts through
//! [`embeddings`], every [`layer`], [`pooling`] and the maps of [`dense`] behind it.

pub mod config;
pub mod dense;
pub mod embeddings;
pub mod encoder;
pub mod layer;
pub mod linear;
pub mod norm;
pub mod pipeline;
pub mod pooling;
pub mod precision;
pub mod rows;
mod slots;
pub mod tensors;

use crate::Error;
use config::Config;
use embeddings::Embeddings;
use layer::Layer;
use linear::Linear;
use pipeline::Pipeline;
use precision::Precision;

/// A model's weights.
pub struct Model {
    pub config: Config,
    pub pipeline: Pipeline,
    pub precision: Precision,
    pub embeddings: Embeddings,
    pub layers: Vec<Layer>,
    /// The maps of the pipeline, in their order.
    pub heads: Vec<Linear>,
}

impl Model {
    /// A model of zeros with the config's shapes, for a loader to fill.
    pub fn zeroed(config: Config, pipeline: Pipeline, precision: Precision) -> Result<Self, Error> {
        let layers = (0..config.layers).map(|index| Layer::zeroed(&config, precision, index));
        let layers = layers.collect::<Result<_, _>>()?;
        let heads = pipeline.heads();
        let heads =
            heads.map(|head| Linear::zeroed(head.outputs, head.inputs, Precision::F32, &head.name));
        let heads = heads.collect::<Result<_, _>>()?;
        let embeddings = Embeddings::zeroed(&config, precision)?;
        Ok(Model { config, pipeline, precision, embeddings, layers, heads })
    }
}
