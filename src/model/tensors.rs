//! The tensors of a checkpoint by their names, and the parameters of a [`super::Model`] that they hold.

use super::bag::{self, Bag};
use super::config::{Architecture, Config};
use super::pipeline::Pipeline;
use super::relative;
use crate::kernels::dot::Activations;
use crate::kernels::padded;

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

/// The parts of a layer under each architecture's names: the six maps, then the two norms.
const BERT: [&str; 8] = [
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
    "attention.output.LayerNorm",
    "output.LayerNorm",
];
const DISTIL_BERT: [&str; 8] = [
    "attention.q_lin",
    "attention.k_lin",
    "attention.v_lin",
    "attention.out_lin",
    "ffn.lin1",
    "ffn.lin2",
    "sa_layer_norm",
    "output_layer_norm",
];
const MPNET: [&str; 8] = [
    "attention.attn.q",
    "attention.attn.k",
    "attention.attn.v",
    "attention.attn.o",
    "intermediate.dense",
    "output.dense",
    "attention.LayerNorm",
    "output.LayerNorm",
];

/// What the names of a layer's tensors begin with, up to its number.
pub fn stem(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::DistilBert => "transformer.layer.",
        Architecture::ModernBert => "layers.",
        _ => "encoder.layer.",
    }
}

/// The name of the word table.
pub fn words(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::ModernBert => "embeddings.tok_embeddings.weight",
        _ => "embeddings.word_embeddings.weight",
    }
}

/// What the name of a map's equalization has behind that of its weights.
pub const EQUALIZATION_SUFFIX: &str = ".equalization";

/// Every tensor that a model calls for whose maps take `activations`, under the names of its
/// architecture.
pub fn tensors(config: &Config, pipeline: &Pipeline, activations: Activations) -> Vec<Wanted> {
    let mut wanted = match (config.architecture, &config.bag) {
        (_, Some(bag)) => without_layers(config, bag),
        (Architecture::ModernBert, _) => of_modern_bert(config),
        _ => of_bert(config),
    };
    if activations == Activations::Uint7 {
        let equalizations: Vec<_> = wanted.iter().filter_map(equalization).collect();
        wanted.extend(equalizations);
    }
    let mut add = |name: String, shape: &[usize], parameter| {
        wanted.push(Wanted { name, shape: shape.to_vec(), parameter });
    };
    for (index, map) in pipeline.maps().enumerate() {
        let shape = [map.outputs, map.inputs];
        add(format!("{}.weight", map.name), &shape, Parameter::Weight(index, Map::Dense));
        if map.bias {
            add(format!("{}.bias", map.name), &shape[..1], Parameter::Bias(index, Map::Dense));
        }
    }
    wanted
}

/// The equalization of the map that `weights` belong to.
fn equalization(weights: &Wanted) -> Option<Wanted> {
    match weights.parameter {
        Parameter::Weight(_, Map::Key | Map::Value | Map::Dense) => None,
        Parameter::Weight(layer, map) => Some(Wanted {
            name: format!("{}{EQUALIZATION_SUFFIX}", weights.name),
            shape: vec![weights.shape[1]],
            parameter: Parameter::Equalization(layer, map),
        }),
        _ => None,
    }
}

fn without_layers(config: &Config, bag: &Bag) -> Vec<Wanted> {
    let wanted = |name: &str, shape: &[usize], parameter| Wanted {
        name: name.to_owned(),
        shape: shape.to_vec(),
        parameter,
    };
    let words = Parameter::Embedding(TableName::Words);
    let mut all = vec![wanted(bag.table(), &[bag.rows, config.hidden], words)];
    if bag.weighted {
        all.push(wanted(bag::WEIGHTS, &[config.vocabulary], Parameter::TokenWeights));
    }
    if bag.mapped {
        all.push(wanted(bag::MAPPING, &[config.vocabulary], Parameter::TokenRows));
    }
    all
}

fn of_modern_bert(config: &Config) -> Vec<Wanted> {
    let (hidden, intermediate) = (config.hidden, config.intermediate);
    let mut wanted = Vec::new();
    let mut add = |name: String, shape: &[usize], parameter| {
        wanted.push(Wanted { name: name + ".weight", shape: shape.to_vec(), parameter });
    };
    let words = Parameter::Embedding(TableName::Words);
    add("embeddings.tok_embeddings".to_owned(), &[config.vocabulary, hidden], words);
    add("embeddings.norm".to_owned(), &[hidden], Parameter::Gamma(NormName::Embeddings));
    for layer in 0..config.layers {
        let name = |part: &str| format!("layers.{layer}.{part}");
        let mut map = |part: &str, outputs, inputs, map| {
            add(name(part), &[outputs, inputs], Parameter::Weight(layer, map));
        };
        map("attn.Wqkv", 3 * hidden, hidden, Map::QueryKeyValue);
        map("attn.Wo", hidden, hidden, Map::AttentionOutput);
        map("mlp.Wi", 2 * intermediate, hidden, Map::Up);
        map("mlp.Wo", hidden, intermediate, Map::Down);
        // The first layer takes the embeddings, which have been normalised.
        if layer > 0 {
            add(name("attn_norm"), &[hidden], Parameter::Gamma(NormName::Attention(layer)));
        }
        add(name("mlp_norm"), &[hidden], Parameter::Gamma(NormName::Output(layer)));
    }
    add("final_norm".to_owned(), &[hidden], Parameter::Gamma(NormName::Final));
    wanted
}

fn of_bert(config: &Config) -> Vec<Wanted> {
    let (hidden, intermediate) = (config.hidden, config.intermediate);
    let mut wanted = Vec::new();
    let mut add = |name: String, shape: &[usize], parameter| {
        wanted.push(Wanted { name, shape: shape.to_vec(), parameter });
    };
    for (name, rows, table) in [
        ("word", config.vocabulary, TableName::Words),
        ("position", config.positions, TableName::Positions),
        ("token_type", config.types, TableName::Types),
    ] {
        if rows > 0 {
            let name = format!("embeddings.{name}_embeddings.weight");
            add(name, &[rows, hidden], Parameter::Embedding(table));
        }
    }
    if config.architecture == Architecture::Mpnet {
        let name = "encoder.relative_attention_bias.weight".to_owned();
        let shape = [relative::BUCKETS, config.heads];
        add(name, &shape, Parameter::Embedding(TableName::Distances));
    }
    let parts = match config.architecture {
        Architecture::DistilBert => DISTIL_BERT,
        Architecture::Mpnet => MPNET,
        _ => BERT,
    };
    let mut norms = vec![("embeddings.LayerNorm".to_owned(), NormName::Embeddings)];
    for layer in 0..config.layers {
        let name = |part: &str| format!("{}{layer}.{part}", stem(config.architecture));
        for (part, (map, outputs, inputs)) in parts.iter().zip([
            (Map::Query, hidden, hidden),
            (Map::Key, hidden, hidden),
            (Map::Value, hidden, hidden),
            (Map::AttentionOutput, hidden, hidden),
            (Map::Up, intermediate, hidden),
            (Map::Down, hidden, intermediate),
        ]) {
            let name = name(part);
            add(format!("{name}.weight"), &[outputs, inputs], Parameter::Weight(layer, map));
            add(format!("{name}.bias"), &[outputs], Parameter::Bias(layer, map));
        }
        norms.push((name(parts[6]), NormName::Attention(layer)));
        norms.push((name(parts[7]), NormName::Output(layer)));
    }
    for (name, norm) in norms {
        add(format!("{name}.weight"), &[hidden], Parameter::Gamma(norm));
        add(format!("{name}.bias"), &[hidden], Parameter::Beta(norm));
    }
    wanted
}

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

/// Where the outputs of a checkpoint's map are among the rows of the model's: queries, keys and values are
/// thirds of one map, in which each head starts at a whole panel, as do the halves of a gated one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputMap {
    first: usize,
    /// Outputs that are stored together, and their rows.
    size: usize,
    padded: usize,
}

impl OutputMap {
    /// Each output in its own row.
    pub const IDENTITY: OutputMap = OutputMap { first: 0, size: usize::MAX, padded: 0 };

    /// The outputs of a layer's map.
    pub fn of(config: &Config, map: Map) -> Self {
        let third = match map {
            Map::Query | Map::QueryKeyValue => 0,
            Map::Key => 1,
            Map::Value => 2,
            Map::Up if config.gated() => {
                let size = config.intermediate;
                return OutputMap { first: 0, size, padded: padded(size) };
            }
            _ => return OutputMap::IDENTITY,
        };
        let size = config.head_size();
        OutputMap { first: third * config.heads_width(), size, padded: padded(size) }
    }

    /// The row of an output.
    pub fn row(&self, output: usize) -> usize {
        self.first + output / self.size * self.padded + output % self.size
    }
}

#[cfg(test)]
mod tests {
    use super::super::pooling::Pooling;
    use super::*;
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
