//! The layers of an encoder, on this thread.

use super::arithmetic::Arithmetic;
use super::backend::{Backend, Hidden};
use super::batch::Batch;
use super::config::Config;
use super::embeddings::Embeddings;
use super::layer::{Layer, LayerScratch};
use super::norm::Norm;
use super::positions::Positions;
use super::rows::Rows;
use super::slots::Slot;
use super::tensors::{NormName, OutputMap, Parameter, TableName};
use crate::Error;
use crate::kernels::dot::Activations;
use std::ops::Range;

const FINAL: &str = "the config calls for a norm behind the last layer";

/// Embeddings and layers with the memory that they work in, which grows to what the largest group needed
/// and is kept.
pub struct Encoder<A: Arithmetic> {
    config: Config,
    embeddings: Embeddings,
    layers: Vec<Layer<A>>,
    /// Behind the last layer, where layers have their norms in front.
    final_norm: Option<Norm>,
    positions: Positions,
    hidden: Rows,
    scratch: LayerScratch<A>,
    /// Row ranges of the texts in the current group.
    texts: Vec<Range<usize>>,
}

impl<A: Arithmetic> Encoder<A> {
    /// An encoder of zeros with the config's shapes, whose maps take `activations`.
    pub fn zeroed(config: &Config, activations: Activations) -> Result<Self, Error> {
        let layers = (0..config.layers).map(|index| Layer::zeroed(config, activations, index));
        Ok(Encoder {
            config: config.clone(),
            embeddings: Embeddings::zeroed(config, A::table_group)?,
            layers: layers.collect::<Result<_, _>>()?,
            final_norm: match config.rotary {
                Some(_) => Some(Norm::zeroed(config, "the final layer norm")?),
                None => None,
            },
            positions: Positions::zeroed(config)?,
            hidden: Rows::default(),
            scratch: LayerScratch::default(),
            texts: Vec::new(),
        })
    }
}

impl<A: Arithmetic> Backend for Encoder<A> {
    fn slot(&mut self, parameter: Parameter) -> Slot<'_> {
        let outputs = |map| OutputMap::of(&self.config, map);
        match parameter {
            Parameter::Embedding(TableName::Distances) => self.positions.relative.slot(),
            Parameter::Embedding(table) => self.embeddings.table(table).slot(),
            Parameter::Weight(layer, map) => self.layers[layer].linear(map).weights(outputs(map)),
            Parameter::Bias(layer, map) => self.layers[layer].linear(map).bias(outputs(map)),
            Parameter::Equalization(layer, map) => self.layers[layer].linear(map).equalization(),
            Parameter::Gamma(NormName::Embeddings) => self.embeddings.norm.gamma(),
            Parameter::Beta(NormName::Embeddings) => self.embeddings.norm.beta(),
            Parameter::Gamma(NormName::Attention(layer)) => {
                self.layers[layer].attention_norm.gamma()
            }
            Parameter::Beta(NormName::Attention(layer)) => self.layers[layer].attention_norm.beta(),
            Parameter::Gamma(NormName::Output(layer)) => self.layers[layer].output_norm.gamma(),
            Parameter::Beta(NormName::Output(layer)) => self.layers[layer].output_norm.beta(),
            Parameter::Gamma(NormName::Final) => self.final_norm.as_mut().expect(FINAL).gamma(),
            Parameter::Beta(NormName::Final) => self.final_norm.as_mut().expect(FINAL).beta(),
            Parameter::TokenWeights | Parameter::TokenRows => {
                unreachable!("layers have no such tensor")
            }
        }
    }

    /// Linear maps treat rows one by one, attention stays within a text, and no scale is shared between
    /// rows: so a text's rows do not depend on its group.
    fn hidden(&mut self, batch: &Batch, group: Range<usize>) -> Hidden<'_> {
        self.texts.clear();
        let mut rows = 0;
        for index in group.clone() {
            let length = batch.text(index).len();
            self.texts.push(rows..rows + length);
            rows += length;
        }
        self.hidden.resize(rows, self.config.hidden);
        for (index, text) in group.zip(&self.texts) {
            let tokens = batch.text(index);
            let types = batch.types.get(tokens.clone()).unwrap_or_default();
            self.embeddings.forward(&batch.ids[tokens], types, &mut self.hidden, text.start);
        }
        let longest = self.texts.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
        self.positions.prepare(longest);
        for layer in &self.layers {
            layer.forward(&mut self.hidden, &self.texts, &self.positions, &mut self.scratch);
        }
        if let Some(norm) = &self.final_norm {
            let zeros = self.embeddings.zeros();
            for row in 0..rows {
                norm.apply(self.hidden.row_mut(row), zeros);
            }
        }
        let stride = self.hidden.stride;
        Hidden { values: &self.hidden.values[..rows * stride], stride }
    }
}
