//! The model: word pieces in, one vector or some scores per text out.
//!
//! [`config`] and [`pipeline`] say what the model's files ask for, [`tensors`] names its tensors, and
//! [`slots`] are where they go in. [`backend`] is the seam: a [`batch`] of texts in, hidden states out.
//! [`encoder`] is the backend on this thread, [`embeddings`] and every [`layer`] in one [`arithmetic`];
//! [`bag`] is that of models without layers. [`positions`] are those that attention itself knows of:
//! [`rotary`] ones, and biases by [`relative`] places.
//! [`output`] takes the hidden states through [`pooling`] and the maps of [`dense`].

pub mod arithmetic;
pub mod backend;
pub mod bag;
pub mod batch;
pub mod config;
pub mod dense;
pub mod embeddings;
pub mod encoder;
pub mod layer;
pub mod linear;
pub mod norm;
pub mod output;
pub mod pipeline;
pub mod pooling;
pub mod positions;
pub mod relative;
pub mod rotary;
pub mod rows;
pub mod slots;
pub mod tensors;

use crate::Error;
use crate::kernels::dot::{Activations, Kernel, selected};
use arithmetic::{Arithmetic, Float32, Int8, Precision};
use backend::{Backend, Hidden};
use bag::BagOfRows;
use batch::Batch;
use config::Config;
use encoder::Encoder;
use output::{Finish, Output};
use pipeline::Pipeline;
use slots::Slot;
use tensors::{Map, OutputMap, Parameter};

/// A model with its weights.
pub struct Model {
    /// The shape of the encoder.
    pub config: Config,
    /// What follows the encoder.
    pub pipeline: Pipeline,
    /// How the encoder's weights are held.
    pub precision: Precision,
    /// What the activations of int8 maps are rounded to.
    pub activations: Activations,
    /// The instructions that int8 maps were laid out for.
    pub kernel: Kernel,
    backend: Box<dyn Backend>,
    output: Output,
}

impl Model {
    /// A model of zeros with the config's shapes, for a loader to fill. `activations` are those of int8
    /// maps.
    pub fn zeroed(
        config: Config,
        pipeline: Pipeline,
        precision: Precision,
        activations: Activations,
    ) -> Result<Self, Error> {
        let backend: Box<dyn Backend> = match (precision, &config.bag) {
            (Precision::Int8, None) => Box::new(Encoder::<Int8>::zeroed(&config, activations)?),
            (Precision::F32, None) => Box::new(Encoder::<Float32>::zeroed(&config, activations)?),
            (precision, Some(bag)) => {
                let group = match precision {
                    Precision::Int8 => Int8::table_group,
                    Precision::F32 => Float32::table_group,
                };
                Box::new(BagOfRows::zeroed(&config, bag, group)?)
            }
        };
        let output = Output::zeroed(&pipeline)?;
        let kernel = match precision {
            Precision::Int8 => selected(activations),
            Precision::F32 => Kernel::Simd128,
        };
        Ok(Model { config, pipeline, precision, activations, kernel, backend, output })
    }

    /// Where the values of this parameter are written and read back.
    pub fn slot(&mut self, parameter: Parameter) -> Slot<'_> {
        match parameter {
            Parameter::Weight(index, Map::Dense) => {
                self.output.map(index).weights(OutputMap::IDENTITY)
            }
            Parameter::Bias(index, Map::Dense) => self.output.map(index).bias(OutputMap::IDENTITY),
            parameter => self.backend.slot(parameter),
        }
    }

    /// Appends one vector per text, or its scores, to `out`: as many numbers as the pipeline's
    /// width. `unit_length` brings each to length 1.
    ///
    /// A text's vector is the same, bit for bit, in any batch.
    ///
    /// Ids must be in the vocabulary. Texts have at least one token, unless the model has no layers, and no
    /// more than there are positions.
    pub fn encode(&mut self, batch: &Batch, unit_length: bool, out: &mut Vec<f32>) {
        let Model { config, pipeline, backend, output, .. } = self;
        for group in batch.groups() {
            let hidden = backend.hidden(batch, group.clone());
            let lengths = group.map(|text| config.hidden_rows(batch.text(text).len()));
            let finish =
                Finish { pipeline, width: config.hidden, skipped: batch.skipped, unit_length };
            output.finish(&finish, hidden, lengths, out);
        }
    }

    /// The second half of [`Model::encode`], for hidden states of another backend than this model's own:
    /// those of texts of these lengths, one after the other, with zeros behind each row's width.
    pub fn finish(
        &mut self,
        hidden: Hidden<'_>,
        lengths: impl Iterator<Item = usize>,
        skipped: usize,
        unit_length: bool,
        out: &mut Vec<f32>,
    ) {
        let Model { config, pipeline, output, .. } = self;
        let finish = Finish { pipeline, width: config.hidden, skipped, unit_length };
        output.finish(&finish, hidden, lengths, out);
    }

    /// Appends the hidden states of all texts of a batch to `out`, a row of the hidden size for each token.
    pub fn hidden(&mut self, batch: &Batch, out: &mut Vec<f32>) {
        for group in batch.groups() {
            let hidden = self.backend.hidden(batch, group);
            for row in hidden.values.chunks_exact(hidden.stride) {
                out.extend_from_slice(&row[..self.config.hidden]);
            }
        }
    }
}
