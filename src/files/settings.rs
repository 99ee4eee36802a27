//! Length and prompts of a model: what its files say beside the encoder and the pipeline.

use super::fields::{self, Fields};
use super::json::Texts;
use super::names;
use crate::Error;

/// [CLS] and [SEP].
pub const MIN_LENGTH: usize = 2;
/// The longest text, in word pieces, where a model's files do not say: that of the first model,
/// all-MiniLM-L6-v2, whose tokenizer.json has 128, sentence_bert_config.json 256, config.json 512.
const DEFAULT_MAX_LENGTH: usize = 256;

/// What a model's files say beside the encoder and the pipeline.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Settings {
    /// The longest text in tokens, special ones included.
    pub max_length: usize,
    /// Texts to put in front of a query or a document, by name.
    pub prompts: Texts,
    /// The name of the prompt that is meant where none is asked for.
    pub default_prompt: Option<String>,
    /// What the pipeline was read from, as the model has it, unless that is plain: for the packed
    /// file.
    pub sources: Texts,
    /// Whether the weights come from a compact file.
    pub compact: bool,
}

impl Settings {
    /// Reads what is there of sentence_bert_config.json, tokenizer_config.json and
    /// config_sentence_transformers.json. `longest` is how many tokens the model has positions for.
    pub fn from_files(files: &Texts, longest: usize) -> Result<Self, Error> {
        let mut settings = Settings::default();
        // As in sentence-transformers: its own limit, else the tokenizer's.
        let (mut limit, mut stated) = (None, false);
        for (file, field) in [
            (names::SENTENCE_BERT, "max_seq_length"),
            (names::TOKENIZER_CONFIG, "model_max_length"),
        ] {
            let Some(json) = fields::read(files, file)? else { continue };
            stated = true;
            let fields = Fields::root(&json, file)?;
            // Tokenizers without a limit have 1e30.
            if limit.is_some()
                || fields.optional_float(field)?.is_none_or(|limit| limit >= f64::from(i32::MAX))
            {
                continue;
            }
            limit = Some(fields.count(field)?);
            if limit < Some(MIN_LENGTH) {
                return Err(fields.wrong(field, "leaves no room for a text"));
            }
        }
        let default = if stated { longest } else { DEFAULT_MAX_LENGTH };
        settings.max_length = limit.unwrap_or(default).min(longest);

        if let Some(json) = fields::read(files, names::SENTENCE_TRANSFORMERS)? {
            let fields = Fields::root(&json, names::SENTENCE_TRANSFORMERS)?;
            settings.prompts = fields.optional_strings("prompts")?;
            let name = fields.optional_string("default_prompt_name")?;
            if !name.is_none_or(|name| has_prompt(&settings.prompts, name)) {
                return Err(fields.wrong("default_prompt_name", "is none of the prompts"));
            }
            settings.default_prompt = name.map(str::to_owned);
        }
        Ok(settings)
    }
}

/// Fails for a length after which texts can't be cut: it can be 2 up to `longest`.
pub(crate) fn check_max_length(max_length: usize, longest: usize) -> Result<(), Error> {
    if (MIN_LENGTH..=longest).contains(&max_length) {
        return Ok(());
    }
    let value = format!("{max_length} (it can be {MIN_LENGTH} to {longest})");
    Err(Error::unsupported("this model", "maxLength", &value))
}

/// Whether there is a prompt of this name. sentence-transformers always has two, which may be empty.
pub fn has_prompt(prompts: &Texts, name: &str) -> bool {
    ["query", "document"].contains(&name) || prompts.get(name).is_some()
}
