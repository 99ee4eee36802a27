//! The tensors of a checkpoint by their names, and the parameters of a [`super::Model`] that they hold.

mod names;
mod outputs;

pub use names::{EQUALIZATION_SUFFIX, stem, tensors, words};
pub use outputs::OutputMap;

use crate::kernels::dot::Activations;

/// A tensor that the config calls for.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// As in the architecture's own class, without a prefix.
    pub name: String,
    /// The shape, row-major.
    pub shape: Vec<usize>,
    /// The parameter that it holds.
    pub parameter: Parameter,
}

/// A parameter of the model, which one tensor of a checkpoint holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Parameter {
    /// A table of embeddings.
    Embedding(TableName),
    /// The weights of a layer's map.
    Weight(usize, Map),
    /// The bias of a layer's map.
    Bias(usize, Map),
    /// What the inputs of a layer's map are multiplied by, of a model with [`Activations::Uint7`].
    /// Queries, keys and values have one input: the queries' stands for all three.
    Equalization(usize, Map),
    /// The factors of a layer norm.
    Gamma(NormName),
    /// The summands of a layer norm.
    Beta(NormName),
    /// Of a model without layers: the weight of each token.
    TokenWeights,
    /// Of a model without layers: the row of each token in the table, as a number.
    TokenRows,
}

/// The tables of embeddings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TableName {
    /// One row per word piece.
    Words,
    /// One row per position.
    Positions,
    /// One row per token type.
    Types,
    /// MPNet's: one row per bucket of distances.
    Distances,
}

/// The linear maps of a layer, as checkpoints have them, or one after pooling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Map {
    /// Hidden states to queries.
    Query,
    /// Hidden states to keys.
    Key,
    /// Hidden states to values.
    Value,
    /// The three in one.
    QueryKeyValue,
    /// What attention gives, back to hidden states.
    AttentionOutput,
    /// Into the feed-forward block.
    Up,
    /// Out of the feed-forward block.
    Down,
    /// A map behind pooling: the layer's index is the map's.
    Dense,
}

/// The layer norms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NormName {
    /// After the embeddings.
    Embeddings,
    /// After the self-attention of this layer; ModernBERT's is in front of it.
    Attention(usize),
    /// After the feed-forward block of this layer; ModernBERT's is in front of it.
    Output(usize),
    /// Behind the last layer: ModernBERT's.
    Final,
}

/// Elements of a word embedding under one scale: the whole row in every model of usual size.
/// Groups of 128 would add 1 % to the packed MiniLM and bring its vectors closer to float32 by
/// 4e-6 in mean cosine.
const WORD_GROUP: usize = 1024;
/// Of a position embedding. Every text adds the same few rows, and some of their elements stand
/// out. With these groups, and float32 for the token types, MiniLM's mean cosine to float32 rises
/// from 0.99971 to 0.99979 for 0.1 % of its size.
const POSITION_GROUP: usize = 32;
/// How many elements of a row share a scale in an int8 model whose maps take `activations`; `None`
/// for what stays float32.
pub fn int8_group(parameter: Parameter, activations: Activations) -> Option<usize> {
    match parameter {
        Parameter::Weight(_, Map::Dense) => None,
        Parameter::Weight(..) => Some(activations.group()),
        Parameter::Embedding(TableName::Words) => Some(WORD_GROUP),
        Parameter::Embedding(TableName::Positions) => Some(POSITION_GROUP),
        Parameter::Embedding(TableName::Types | TableName::Distances) => None,
        Parameter::Bias(..) | Parameter::Gamma(_) | Parameter::Beta(_) => None,
        Parameter::Equalization(..) => None,
        Parameter::TokenWeights | Parameter::TokenRows => None,
    }
}

/// The shape of the scales that belong to an int8 tensor in a packed file: rows × groups.
pub fn scale_shape(wanted: &Wanted, activations: Activations) -> Option<[usize; 2]> {
    let group = int8_group(wanted.parameter, activations)?;
    Some([wanted.shape[0], wanted.shape[1].div_ceil(group)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::config::Config;
    use crate::model::pipeline::Pipeline;
    use crate::model::pooling::Pooling;
    use std::collections::BTreeSet;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn config() -> Config {
        Config::parse(
            r#"{"num_hidden_layers":2,"hidden_size":36,"num_attention_heads":3,
            "intermediate_size":50,"vocab_size":10,"max_position_embeddings":8}"#,
            "config.json",
        )
        .unwrap()
    }

    #[wasm_bindgen_test]
    fn lists_every_tensor_once() {
        let pipeline = Pipeline::of(vec![Pooling::Mean]);
        let wanted = tensors(&config(), &pipeline, Activations::Int14);
        let names: BTreeSet<_> = wanted.iter().map(|w| &w.name).collect();
        assert_eq!(names.len(), wanted.len());
        assert_eq!(wanted.len(), 3 + 2 + 2 * (12 + 4));
        let up = wanted.iter().find(|w| w.parameter == Parameter::Weight(1, Map::Up)).unwrap();
        assert_eq!(up.name, "encoder.layer.1.intermediate.dense.weight");
        assert_eq!(up.shape, [50, 36]);
        assert_eq!(scale_shape(up, Activations::Int14), Some([50, 1]));
    }

    #[wasm_bindgen_test]
    fn maps_of_seven_bits_have_an_equalization_for_each_input() {
        let pipeline = Pipeline::of(vec![Pooling::Mean]);
        let wanted = tensors(&config(), &pipeline, Activations::Uint7);
        let names: BTreeSet<_> = wanted.iter().map(|w| &w.name).collect();
        assert_eq!(names.len(), wanted.len());
        let found: Vec<_> = wanted
            .iter()
            .filter(|w| matches!(w.parameter, Parameter::Equalization(1, _)))
            .map(|w| (w.name.as_str(), w.shape.as_slice()))
            .collect();
        let expected = [
            ("encoder.layer.1.attention.self.query.weight.equalization", [36].as_slice()),
            ("encoder.layer.1.attention.output.dense.weight.equalization", &[36]),
            ("encoder.layer.1.intermediate.dense.weight.equalization", &[36]),
            ("encoder.layer.1.output.dense.weight.equalization", &[50]),
        ];
        assert_eq!(found, expected);
        let wide = Wanted {
            name: String::new(),
            shape: vec![36, 130],
            parameter: Parameter::Weight(0, Map::Down),
        };
        assert_eq!(scale_shape(&wide, Activations::Int14), Some([36, 2]));
        assert_eq!(scale_shape(&wide, Activations::Uint7), Some([36, 3]));
    }

    #[wasm_bindgen_test]
    fn heads_start_at_whole_panels() {
        // Three heads of 12, each padded to 16.
        let row = |map, output| OutputMap::of(&config(), map).row(output);
        assert_eq!([0, 11, 12, 35].map(|n| row(Map::Query, n)), [0, 11, 16, 43]);
        assert_eq!(row(Map::Value, 12), 2 * 48 + 16);
        assert_eq!(row(Map::Down, 12), 12);
    }
}
