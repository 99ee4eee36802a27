//! What a model's config.json asks for.

use super::json::Fields;
use crate::json::Json;
use crate::kernels::activation::Activation;
use crate::kernels::padded;
use crate::Error;

/// The file's name, for errors.
pub const FILE: &str = "config.json";

/// The shape of an encoder.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub layers: usize,
    pub hidden: usize,
    pub heads: usize,
    /// Size of the feed-forward block.
    pub intermediate: usize,
    pub vocabulary: usize,
    /// Rows of the position table: the longest text in word pieces.
    pub positions: usize,
    /// Rows of the token type table.
    pub types: usize,
    pub activation: Activation,
    pub epsilon: f64,
}

impl Config {
    /// Reads Hugging Face's config.json of a `BertModel`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let fields = Fields::parse(FILE, text)?;
        match fields.optional_string("model_type")? {
            None | Some("bert") => {}
            Some(other) => {
                return Err(Error::unsupported(FILE, "model_type", format!("`{other}`")))
            }
        }
        match fields.optional_string("position_embedding_type")? {
            None | Some("absolute") => {}
            Some(other) => {
                return Err(Error::unsupported(
                    FILE,
                    "position_embedding_type",
                    format!("`{other}`"),
                ))
            }
        }
        for flag in ["is_decoder", "add_cross_attention"] {
            if fields.flag(flag)? {
                return Err(Error::unsupported(FILE, flag, "true"));
            }
        }
        let config = Config {
            layers: fields.count("num_hidden_layers")?,
            hidden: fields.count("hidden_size")?,
            heads: fields.count("num_attention_heads")?,
            intermediate: fields.count("intermediate_size")?,
            vocabulary: fields.count("vocab_size")?,
            positions: fields.count("max_position_embeddings")?,
            types: fields.optional_count("type_vocab_size")?.unwrap_or(2),
            activation: activation(&fields, "hidden_act")?,
            epsilon: fields.optional_number("layer_norm_eps")?.unwrap_or(1e-12),
        };
        if config.hidden % config.heads != 0 {
            return Err(Error::field(
                FILE,
                "hidden_size",
                format!("is {}, no multiple of {} heads", config.hidden, config.heads),
            ));
        }
        if !(config.epsilon >= 0.0 && config.epsilon.is_finite()) {
            return Err(Error::field(FILE, "layer_norm_eps", "is negative or not finite"));
        }
        Ok(config)
    }

    /// The same as config.json's text, with the fields that are read here and no others.
    pub fn to_json(&self) -> String {
        Json::object(vec![
            ("model_type", "bert".into()),
            ("num_hidden_layers", self.layers.into()),
            ("hidden_size", self.hidden.into()),
            ("num_attention_heads", self.heads.into()),
            ("intermediate_size", self.intermediate.into()),
            ("vocab_size", self.vocabulary.into()),
            ("max_position_embeddings", self.positions.into()),
            ("type_vocab_size", self.types.into()),
            ("hidden_act", activation_name(self.activation).into()),
            ("layer_norm_eps", self.epsilon.into()),
        ])
        .to_string()
    }

    /// Size of one attention head.
    pub fn head_size(&self) -> usize {
        self.hidden / self.heads
    }

    /// Columns that all heads' queries (or keys, or values) take, each head padded.
    pub fn heads_width(&self) -> usize {
        self.heads * padded(self.head_size())
    }
}

/// The names that configs have for activations; where there are two, the first is written.
const ACTIVATIONS: [(&str, Activation); 6] = [
    ("gelu", Activation::Gelu),
    ("gelu_new", Activation::GeluTanh),
    ("gelu_pytorch_tanh", Activation::GeluTanh),
    ("relu", Activation::Relu),
    ("silu", Activation::Silu),
    ("swish", Activation::Silu),
];

/// Reads an activation's name; `gelu` where there is none.
fn activation(fields: &Fields, name: &str) -> Result<Activation, Error> {
    let wanted = fields.optional_string(name)?.unwrap_or("gelu");
    let found = ACTIVATIONS.iter().find(|(known, _)| *known == wanted);
    found
        .map(|(_, activation)| *activation)
        .ok_or_else(|| Error::unsupported(fields.file, name, format!("`{wanted}`")))
}

fn activation_name(activation: Activation) -> &'static str {
    let found = ACTIVATIONS.iter().find(|(_, known)| *known == activation);
    found.map_or("", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn json(change: &str) -> String {
        format!(
            r#"{{"num_hidden_layers":6,"hidden_size":384,"num_attention_heads":12,"intermediate_size":1536,
            "vocab_size":30522,"max_position_embeddings":512,"hidden_act":"gelu"{change}}}"#
        )
    }

    #[wasm_bindgen_test]
    fn reads_shapes_and_defaults() {
        let config = Config::parse(&json("")).unwrap();
        assert_eq!((config.layers, config.hidden, config.head_size()), (6, 384, 32));
        assert_eq!((config.types, config.epsilon), (2, 1e-12));
        assert_eq!(config.activation, Activation::Gelu);
        assert_eq!(config.heads_width(), 384);
        assert_eq!(Config::parse(&config.to_json()), Ok(config));
    }

    #[wasm_bindgen_test]
    fn names_the_field_that_is_wrong() {
        let cases = [
            (r#","hidden_size":0"#, "hidden_size"),
            (r#","hidden_size":385"#, "hidden_size"),
            (r#","num_hidden_layers":-1"#, "num_hidden_layers"),
            (r#","vocab_size":1e99"#, "vocab_size"),
            (r#","hidden_act":"geglu""#, "hidden_act"),
            (r#","hidden_act":7"#, "hidden_act"),
            (r#","model_type":"t5""#, "model_type"),
            (r#","position_embedding_type":"alibi""#, "position_embedding_type"),
            (r#","is_decoder":true"#, "is_decoder"),
            (r#","layer_norm_eps":-1"#, "layer_norm_eps"),
        ];
        for (change, field) in cases {
            let error = Config::parse(&json(change)).unwrap_err().to_string();
            assert!(error.contains("config.json") && error.contains(field), "{change}: {error}");
        }
        assert!(Config::parse("").is_err() && Config::parse("[]").is_err());
        assert!(Config::parse("{}").unwrap_err().to_string().contains("num_hidden_layers"));
    }
}
