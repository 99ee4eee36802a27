//! A model of no layers: a row for each token, of which a text has the mean.
//!
//! There are two kinds of files. sentence-transformers' `StaticEmbedding` has a table, one row for each
//! token, and counts every token. model2vec may let many tokens share a row of the table, give each token a
//! weight, and does not count the unknown token.

use super::backend::{Backend, Hidden};
use super::batch::Batch;
use super::config::{Architecture, Config};
use super::embeddings::Table;
use super::slots::Slot;
use super::tensors::{Parameter, TableName};
use crate::files::fields::Fields;
use crate::files::json::{Json, Texts};
use crate::files::{fields, names};
use crate::kernels::activation::Activation;
use crate::kernels::buffer::Buffer;
use crate::kernels::elementwise::scale;
use crate::kernels::padded;
use crate::tokenizer::Tokenizer;
use crate::weights::header::Header;
use crate::{Error, ErrorKind};
use std::ops::Range;

/// The tables of model2vec and of sentence-transformers.
pub const MODEL2VEC: &str = "embeddings";
/// See [`MODEL2VEC`].
pub const SENTENCE_TRANSFORMERS: &str = "embedding.weight";
/// What model2vec calls the weight of each token.
pub const WEIGHTS: &str = "weights";
/// What model2vec calls the row of each token.
pub const MAPPING: &str = "mapping";

/// Where model2vec cuts texts if its config.json does not say.
const MODEL2VEC_LENGTH: usize = 512;
/// Texts can be as long as they like.
const ANY_LENGTH: usize = i32::MAX as usize;
/// The numbers of rows are held as float32.
const MOST_ROWS: usize = 1 << f32::MANTISSA_DIGITS;

/// What a model without layers does with tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct Bag {
    /// Rows of the table.
    pub rows: usize,
    /// Whether tokens share rows.
    pub mapped: bool,
    /// Whether tokens have weights.
    pub weighted: bool,
    /// The token that does not count.
    pub skipped: Option<u32>,
    /// The median length of a token in characters, where texts are cut to as many characters as tokens of
    /// that length have.
    pub characters: Option<usize>,
}

const ROWS: &str = "rows";
const SKIPPED: &str = "skipped_token";
const CHARACTERS: &str = "characters";

impl Bag {
    /// Its fields in the config of a packed file.
    pub fn to_json(&self) -> Vec<(&'static str, Json)> {
        let mut fields = vec![
            (ROWS, self.rows.into()),
            (MAPPING, self.mapped.into()),
            (WEIGHTS, self.weighted.into()),
        ];
        if let Some(skipped) = self.skipped {
            fields.push((SKIPPED, skipped.into()));
        }
        if let Some(characters) = self.characters {
            fields.push((CHARACTERS, characters.into()));
        }
        fields
    }

    /// The name of the table in a checkpoint.
    pub fn table(&self) -> &'static str {
        // Only model2vec leaves a token out, has weights, or cuts by characters.
        if self.characters.is_some() { MODEL2VEC } else { SENTENCE_TRANSFORMERS }
    }

    /// The numbers of the tokens' rows, checked.
    pub fn check_mapping(&self, numbers: &[f32]) -> Result<(), Error> {
        let fits = |&number: &f32| number >= 0.0 && (number as usize) < self.rows;
        match numbers.iter().position(|number| !fits(number)) {
            None => Ok(()),
            Some(at) => {
                // As a whole number: the digits of fractions would cost the engine 20 KB.
                let (row, rows) = (numbers[at] as i64, self.rows);
                let reason = format!("has the row {row} for token {at}, of {rows}");
                Err(Error::field("the weights", MAPPING, &reason))
            }
        }
    }
}

/// Whether a checkpoint is a model without layers.
pub fn is_static(header: &Header) -> bool {
    [MODEL2VEC, SENTENCE_TRANSFORMERS].iter().any(|name| header.index(name).is_some())
}

/// Whether the files beside a checkpoint can be those of a model without layers; its weights settle it.
pub fn may_be_static(files: &Texts) -> Result<bool, Error> {
    if let Some(modules) = fields::read(files, names::MODULES)? {
        let first = modules.as_array().and_then(|modules| modules.first());
        if let Some(first) = first {
            let name = Fields::root(first, names::MODULES)?.string("type")?;
            return Ok(fields::is_class(name, "sentence_transformers.", "StaticEmbedding"));
        }
    }
    let Some(config) = fields::read(files, names::CONFIG)? else { return Ok(true) };
    let fields = Fields::root(&config, names::CONFIG)?;
    // model2vec's files have its own name, or none, and no width but that of the table.
    let unnamed = fields.optional_string("model_type")?.is_none_or(|name| name == "model2vec");
    Ok(unnamed && ["hidden_size", "num_hidden_layers"].iter().all(|name| fields.is_null(name)))
}

/// The config of a packed file.
pub(super) fn static_config(fields: &Fields<'_>) -> Result<Config, Error> {
    let bag = Bag {
        rows: fields.count(ROWS)?,
        mapped: fields.flag(MAPPING)?,
        weighted: fields.flag(WEIGHTS)?,
        skipped: match fields.is_null(SKIPPED) {
            true => None,
            false => Some(fields.number(SKIPPED)? as u32),
        },
        characters: fields.optional_count(CHARACTERS)?,
    };
    let vocabulary = fields.count("vocab_size")?;
    if bag.rows > MOST_ROWS || (!bag.mapped && bag.rows != vocabulary) {
        return Err(fields.wrong(ROWS, &format!("is {}, for {vocabulary} tokens", bag.rows)));
    }
    Ok(config(fields.count("hidden_size")?, vocabulary, bag))
}

fn config(hidden: usize, vocabulary: usize, bag: Bag) -> Config {
    Config {
        architecture: Architecture::Static,
        layers: 0,
        hidden,
        heads: 0,
        intermediate: 0,
        vocabulary,
        positions: ANY_LENGTH,
        types: 0,
        activation: Activation::Gelu,
        epsilon: 0.0,
        padding: None,
        rotary: None,
        bag: Some(bag),
    }
}

/// The config of a checkpoint, whose shapes are those of its tensors.
pub fn config_of(header: &Header, tokenizer: &Tokenizer) -> Result<Config, Error> {
    let shape = |name: &str| header.index(name).map(|at| header.tensors[at].shape.as_slice());
    let model2vec = shape(MODEL2VEC).is_some();
    let table = if model2vec { MODEL2VEC } else { SENTENCE_TRANSFORMERS };
    let wrong = |name: &str, expected: Vec<usize>, found: &[usize]| -> Error {
        let (name, found) = (name.to_owned(), found.to_vec());
        ErrorKind::WrongShape { name, expected, found }.into()
    };
    let (rows, hidden) = match shape(table).unwrap_or_default() {
        &[rows, hidden] if (1..=MOST_ROWS).contains(&rows) && hidden > 0 => (rows, hidden),
        found => return Err(wrong(table, vec![tokenizer.vocab_size(), 1], found)),
    };
    let of_tokens = |name: &str| match shape(name).filter(|_| model2vec) {
        None => Ok(None),
        Some(&[length]) => Ok(Some(length)),
        Some(found) => Err(wrong(name, vec![tokenizer.vocab_size()], found)),
    };
    let (mapping, weights) = (of_tokens(MAPPING)?, of_tokens(WEIGHTS)?);
    let vocabulary = mapping.unwrap_or(rows);
    if let Some(length) = weights.filter(|&length| length != vocabulary) {
        return Err(wrong(WEIGHTS, vec![vocabulary], &[length]));
    }
    let bag = Bag {
        rows,
        mapped: mapping.is_some(),
        weighted: weights.is_some(),
        skipped: if model2vec { tokenizer.unknown() } else { None },
        characters: model2vec.then(|| tokenizer.median_length().max(1)),
    };
    Ok(config(hidden, vocabulary, bag))
}

/// The longest text in tokens.
pub fn max_length(config: &Config, files: &Texts) -> Result<usize, Error> {
    const NAME: &str = "max_length";
    let model2vec = config.bag.as_ref().is_some_and(|bag| bag.characters.is_some());
    if !model2vec {
        return Ok(ANY_LENGTH);
    }
    let Some(json) = fields::read(files, names::CONFIG)? else { return Ok(MODEL2VEC_LENGTH) };
    let fields = Fields::root(&json, names::CONFIG)?;
    let told = fields.entries().any(|(name, _)| name == NAME);
    let usual = if told { ANY_LENGTH } else { MODEL2VEC_LENGTH };
    Ok(fields.optional_count(NAME)?.unwrap_or(usual))
}

/// The table, and what else tokens have.
pub struct BagOfRows {
    table: Table,
    /// One for each token, or none.
    weights: Buffer<f32>,
    mapping: Buffer<f32>,
    bag: Bag,
    width: usize,
    means: Buffer<f32>,
}

impl BagOfRows {
    /// A model of zeros. `group` as in [`super::embeddings::Embeddings::zeroed`].
    pub fn zeroed(
        config: &Config,
        bag: &Bag,
        group: fn(Parameter) -> Option<usize>,
    ) -> Result<Self, Error> {
        let name = "the table of tokens";
        let words = Parameter::Embedding(TableName::Words);
        let of_tokens = |has: bool| Buffer::zeroed(if has { config.vocabulary } else { 0 }, name);
        Ok(BagOfRows {
            table: Table::zeroed(bag.rows, config.hidden, group(words), name)?,
            weights: of_tokens(bag.weighted)?,
            mapping: of_tokens(bag.mapped)?,
            bag: bag.clone(),
            width: padded(config.hidden),
            means: Buffer::default(),
        })
    }
}

impl Backend for BagOfRows {
    fn slot(&mut self, parameter: Parameter) -> Slot<'_> {
        let values = match parameter {
            Parameter::TokenWeights => &mut self.weights,
            Parameter::TokenRows => &mut self.mapping,
            _ => return self.table.slot(),
        };
        Slot::FloatRows { stride: values.len(), values }
    }

    /// One row for each text: the mean of its tokens' rows.
    fn hidden(&mut self, batch: &Batch, group: Range<usize>) -> Hidden<'_> {
        let (count, stride) = (group.len(), self.width);
        self.means.grow(count * stride);
        for (text, mean) in group.zip(self.means.chunks_exact_mut(stride)) {
            mean.fill(0.0);
            let ids = &batch.ids[batch.text(text)];
            let mut counted = 0;
            for &id in ids.iter().filter(|&&id| Some(id) != self.bag.skipped) {
                let id = id as usize;
                let row = self.mapping.get(id).map_or(id, |&row| row as usize);
                let weight = self.weights.get(id).map_or(1.0, |&weight| weight);
                self.table.add_row(row, weight, mean);
                counted += 1;
            }
            if counted > 0 {
                scale(mean, 1.0 / counted as f32);
            }
        }
        Hidden { values: &self.means[..count * stride], stride }
    }
}
