//! The tensors that each architecture's own class has, and their names.

use super::{Map, NormName, Parameter, TableName, Wanted};
use crate::kernels::dot::Activations;
use crate::model::bag::{self, Bag};
use crate::model::config::{Architecture, Config};
use crate::model::pipeline::Pipeline;
use crate::model::relative;

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
