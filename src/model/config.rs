//! What a model's config.json asks for.

use super::bag::{Bag, static_config};
use super::relative;
use super::rotary::Rotary;
use crate::Error;
use crate::files::fields::{self, Fields};
use crate::files::json::Json;
use crate::files::settings::MIN_LENGTH;
use crate::kernels::activation::Activation;
use crate::kernels::padded;

/// What an encoder is called, and with that the names of its fields and tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// The original.
    Bert,
    /// BERT without token types, under names of its own.
    DistilBert,
    /// BERT whose positions start after the padding token's id.
    Roberta,
    /// Roberta with a bias of attention by the distance of two tokens, and without token types.
    Mpnet,
    /// Rotary positions, windows of attention, gated feed-forward blocks, layer norms in front of blocks,
    /// and no biases.
    ModernBert,
    /// No layers: a row for each token, of which a text has the mean.
    Static,
}

/// `model_type` in configs; where there are several, the first is written.
const ARCHITECTURES: [(&str, Architecture); 8] = [
    ("bert", Architecture::Bert),
    ("distilbert", Architecture::DistilBert),
    ("roberta", Architecture::Roberta),
    ("xlm-roberta", Architecture::Roberta),
    ("camembert", Architecture::Roberta),
    ("mpnet", Architecture::Mpnet),
    ("modernbert", Architecture::ModernBert),
    (STATIC, Architecture::Static),
];
/// The name that packed files have for models without layers; their original has none.
const STATIC: &str = "static";

/// Fields of encoders that are BERT but for one part, and the values that ask for BERT's own part.
const PARTS: [(&str, &str); 2] =
    [("position_embedding_type", "absolute"), ("feed_forward_type", "original")];
/// Fields that only encoders other than BERT's kind have.
const FOREIGN: [&str; 4] =
    ["alibi_starting_size", "rotary_emb_base", "rotary_emb_fraction", "rope_theta"];

/// The shape of an encoder.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The kind of encoder.
    pub architecture: Architecture,
    /// Encoder layers.
    pub layers: usize,
    /// The width of the hidden states.
    pub hidden: usize,
    /// Attention heads of a layer.
    pub heads: usize,
    /// Size of the feed-forward block.
    pub intermediate: usize,
    /// Rows of the word table.
    pub vocabulary: usize,
    /// Rows of the position table; where there is none, the longest text in tokens.
    pub positions: usize,
    /// Rows of the token type table: 0 where the model has none.
    pub types: usize,
    /// The function within the feed-forward block.
    pub activation: Activation,
    /// What layer norms add to the variance.
    pub epsilon: f64,
    /// The id of the padding token, for [`Architecture::Roberta`] and [`Architecture::Mpnet`] only: it has
    /// that position, and the others are counted from the next one on.
    pub padding: Option<usize>,
    /// For [`Architecture::ModernBert`] only.
    pub rotary: Option<Rotary>,
    /// For [`Architecture::Static`] only.
    pub bag: Option<Bag>,
}

impl Config {
    /// Reads the text of Hugging Face's config.json. Errors name `file`.
    pub fn parse(text: &str, file: &str) -> Result<Self, Error> {
        Config::from_json(&fields::parse(text, file)?, file)
    }

    /// Reads the contents of Hugging Face's config.json. Errors name `file`.
    pub fn from_json(json: &Json, file: &str) -> Result<Self, Error> {
        let fields = Fields::root(json, file)?;
        let kind = fields.optional_string("model_type")?.unwrap_or("bert");
        let known = ARCHITECTURES.iter().find(|(name, _)| *name == kind);
        let (_, architecture) = *known.ok_or_else(|| fields.unsupported("model_type"))?;
        if architecture == Architecture::Static {
            return static_config(&fields);
        }
        if architecture != Architecture::ModernBert {
            for (part, own) in PARTS {
                if fields.optional_string(part)?.is_some_and(|value| value != own) {
                    return Err(fields.unsupported(part));
                }
            }
            if let Some(foreign) = FOREIGN.iter().find(|name| !fields.is_null(name)) {
                return Err(fields.unsupported(foreign));
            }
        }
        for flag in ["is_decoder", "is_encoder_decoder", "add_cross_attention"] {
            if fields.option(flag)? == Some(true) {
                return Err(fields.unsupported(flag));
            }
        }
        // DistilBERT's own names, which its files have in place of BERT's.
        let either = |name, distil| match architecture {
            Architecture::DistilBert if fields.is_null(name) => distil,
            _ => name,
        };
        let types = match architecture {
            Architecture::Bert | Architecture::Roberta => {
                fields.optional_count("type_vocab_size")?.unwrap_or(2)
            }
            _ => 0,
        };
        let padding = match architecture {
            Architecture::Roberta if fields.is_null("pad_token_id") => Some(1),
            Architecture::Roberta => Some(fields.number("pad_token_id")?),
            // As `transformers` has it, whatever the config says.
            Architecture::Mpnet => Some(1),
            _ => None,
        };
        let (rotary, function, epsilon) = match architecture {
            Architecture::ModernBert => {
                (Some(Rotary::parse(&fields)?), "hidden_activation", ("norm_eps", 1e-5))
            }
            _ => (None, either("hidden_act", "activation"), ("layer_norm_eps", 1e-12)),
        };
        // `transformers` takes no number of buckets but this one.
        const BUCKETS: &str = "relative_attention_num_buckets";
        if architecture == Architecture::Mpnet
            && fields.optional_count(BUCKETS)?.is_some_and(|buckets| buckets != relative::BUCKETS)
        {
            return Err(fields.unsupported(BUCKETS));
        }
        let config = Config {
            architecture,
            layers: fields.count(either("num_hidden_layers", "n_layers"))?,
            hidden: fields.count(either("hidden_size", "dim"))?,
            heads: fields.count(either("num_attention_heads", "n_heads"))?,
            intermediate: fields.count(either("intermediate_size", "hidden_dim"))?,
            vocabulary: fields.count("vocab_size")?,
            positions: fields.count("max_position_embeddings")?,
            types,
            activation: activation(&fields, function)?,
            epsilon: fields.optional_float(epsilon.0)?.unwrap_or(epsilon.1),
            padding,
            rotary,
            bag: None,
        };
        if config.hidden % config.heads != 0 {
            let heads = config.heads;
            return Err(fields.wrong(
                either("hidden_size", "dim"),
                &format!("is {}, no multiple of {heads} heads", config.hidden),
            ));
        }
        if fields.optional_count("embedding_size")?.is_some_and(|size| size != config.hidden) {
            return Err(fields.unsupported("embedding_size"));
        }
        if !(config.epsilon >= 0.0 && config.epsilon.is_finite()) {
            return Err(fields.wrong(epsilon.0, "is negative or not finite"));
        }
        if let Some(rotary) = &config.rotary {
            rotary.check(&config, &fields)?;
        }
        if config.longest() < MIN_LENGTH {
            return Err(fields.wrong("max_position_embeddings", "leaves no room for a text"));
        }
        Ok(config)
    }

    /// A config.json with the fields that are read here and no others.
    pub fn to_json(&self) -> Json {
        let mut fields = vec![("model_type", self.model_type().into())];
        if let Some(bag) = &self.bag {
            fields.extend([
                ("hidden_size", self.hidden.into()),
                ("vocab_size", self.vocabulary.into()),
            ]);
            fields.extend(bag.to_json());
            return Json::object(fields);
        }
        let (function, epsilon) = match self.rotary {
            Some(_) => ("hidden_activation", "norm_eps"),
            None => ("hidden_act", "layer_norm_eps"),
        };
        fields.extend([
            ("num_hidden_layers", self.layers.into()),
            ("hidden_size", self.hidden.into()),
            ("num_attention_heads", self.heads.into()),
            ("intermediate_size", self.intermediate.into()),
            ("vocab_size", self.vocabulary.into()),
            ("max_position_embeddings", self.positions.into()),
            ("type_vocab_size", self.types.into()),
            (function, activation_name(self.activation).into()),
            (epsilon, self.epsilon.into()),
        ]);
        if let Some(padding) = self.padding {
            fields.push(("pad_token_id", padding.into()));
        }
        if let Some(rotary) = &self.rotary {
            fields.extend(rotary.to_json());
        }
        Json::object(fields)
    }

    /// The first of the names that configs have for the architecture.
    pub fn model_type(&self) -> &'static str {
        let found = ARCHITECTURES.iter().find(|(_, known)| *known == self.architecture);
        found.map_or("", |(name, _)| name)
    }

    /// The longest text in word pieces, for which there are positions.
    pub fn longest(&self) -> usize {
        self.positions.saturating_sub(self.padding.map_or(0, |padding| padding.saturating_add(1)))
    }

    /// How many rows of hidden states a text of so many tokens has.
    pub fn hidden_rows(&self, tokens: usize) -> usize {
        if self.bag.is_some() { 1 } else { tokens }
    }

    /// Size of one attention head.
    pub fn head_size(&self) -> usize {
        self.hidden.checked_div(self.heads).unwrap_or(0)
    }

    /// Whether the two halves of the feed-forward block's first map are multiplied.
    pub fn gated(&self) -> bool {
        self.rotary.is_some()
    }

    /// Columns that all heads' queries (or keys, or values) take, each head padded.
    pub fn heads_width(&self) -> usize {
        self.heads * padded(self.head_size())
    }
}

/// The names that configs have for activations; where there are two, the first is written.
const ACTIVATIONS: [(&str, Activation); 8] = [
    ("gelu", Activation::Gelu),
    ("gelu_python", Activation::Gelu),
    ("gelu_new", Activation::GeluTanh),
    ("gelu_fast", Activation::GeluTanh),
    ("gelu_pytorch_tanh", Activation::GeluTanh),
    ("relu", Activation::Relu),
    ("silu", Activation::Silu),
    ("swish", Activation::Silu),
];

/// Reads an activation's name; `gelu` where there is none.
fn activation(fields: &Fields<'_>, name: &str) -> Result<Activation, Error> {
    let wanted = fields.optional_string(name)?.unwrap_or("gelu");
    let found = ACTIVATIONS.iter().find(|(known, _)| *known == wanted);
    found.map(|(_, activation)| *activation).ok_or_else(|| fields.unsupported(name))
}

fn activation_name(activation: Activation) -> &'static str {
    let found = ACTIVATIONS.iter().find(|(_, known)| *known == activation);
    found.map_or("", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::names;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn json(change: &str) -> String {
        format!(
            r#"{{"num_hidden_layers":6,"hidden_size":384,"num_attention_heads":12,"intermediate_size":1536,
            "vocab_size":30522,"max_position_embeddings":512,"hidden_act":"gelu"{change}}}"#
        )
    }

    #[wasm_bindgen_test]
    fn reads_shapes_and_defaults() {
        let config = Config::parse(&json(""), names::CONFIG).unwrap();
        assert_eq!((config.layers, config.hidden, config.head_size()), (6, 384, 32));
        assert_eq!((config.types, config.epsilon), (2, 1e-12));
        assert_eq!(config.activation, Activation::Gelu);
        assert_eq!(config.heads_width(), 384);
        assert_eq!(Config::from_json(&config.to_json(), ""), Ok(config));
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
            (r#","feed_forward_type":"geglu""#, "feed_forward_type"),
            (r#","rope_theta":10000"#, "rope_theta"),
            (r#","alibi_starting_size":512"#, "alibi_starting_size"),
            (r#","embedding_size":128"#, "embedding_size"),
            (r#","max_position_embeddings":1"#, "max_position_embeddings"),
            (r#","model_type":"roberta","pad_token_id":510"#, "max_position_embeddings"),
            (r#","model_type":"roberta","pad_token_id":-1"#, "pad_token_id"),
            (r#","is_decoder":true"#, "is_decoder"),
            (r#","layer_norm_eps":-1"#, "layer_norm_eps"),
        ];
        for (change, field) in cases {
            let error = Config::parse(&json(change), names::CONFIG).unwrap_err().to_string();
            assert!(error.contains(names::CONFIG) && error.contains(field), "{change}: {error}");
        }
        assert!(
            Config::parse("", names::CONFIG).is_err()
                && Config::parse("[]", names::CONFIG).is_err()
        );
        assert!(
            Config::parse("{}", names::CONFIG)
                .unwrap_err()
                .to_string()
                .contains("num_hidden_layers")
        );
    }

    #[wasm_bindgen_test]
    fn reads_the_wrappings_of_bert() {
        let roberta =
            Config::parse(&json(r#","model_type":"xlm-roberta","pad_token_id":3"#), names::CONFIG)
                .unwrap();
        assert_eq!((roberta.architecture, roberta.padding), (Architecture::Roberta, Some(3)));
        assert_eq!(roberta.longest(), 508);
        assert_eq!(Config::from_json(&roberta.to_json(), ""), Ok(roberta));

        let distil = r#"{"model_type":"distilbert","n_layers":3,"dim":24,"n_heads":4,"hidden_dim":50,
            "vocab_size":10,"max_position_embeddings":8,"activation":"relu"}"#;
        let distil = Config::parse(distil, names::CONFIG).unwrap();
        assert_eq!((distil.layers, distil.hidden, distil.heads, distil.types), (3, 24, 4, 0));
        assert_eq!((distil.intermediate, distil.activation), (50, Activation::Relu));
        assert_eq!(Config::from_json(&distil.to_json(), ""), Ok(distil));
    }
}
