//! What the small files beside a checkpoint say, read before any of its weights: whatever is refused for them
//! is refused before a byte of the weights is downloaded.

use super::{check_vocabulary, checkpoint};
use crate::Error;
use crate::engine;
use crate::files::fields::{self, Fields};
use crate::files::json::{Json, Texts};
use crate::files::names;
use crate::files::settings::Settings;
use crate::model::bag;
use crate::model::config::Config;
use crate::model::pipeline::Pipeline;
use crate::tokenizer::Tokenizer;
use serde::Serialize;

/// A checkpoint of an encoder, but for its weights.
pub(super) struct Described {
    pub config: Config,
    pub pipeline: Pipeline,
    pub settings: Settings,
    pub tokenizer: Tokenizer,
}

impl Described {
    /// Reads the files of an encoder.
    pub fn read(files: &Texts) -> Result<Self, Error> {
        let about = fields::needed(files, names::CONFIG)?;
        let config = Config::from_json(&about, names::CONFIG)?;
        let pipeline = Pipeline::from_files(files, &config)?;
        let mut settings = Settings::from_files(files, config.longest())?;
        settings.sources = sources(files, &pipeline);
        // The class that `transformers` takes where tokenizer_config.json names none.
        let class = Fields::root(&about, names::CONFIG)?.get("tokenizer_class");
        let usual = if config.padding.is_some() { "" } else { "BertTokenizer" };
        let class = class.and_then(Json::as_str).unwrap_or(usual);
        let tokenizer = checkpoint::tokenizer(files, class)?;
        check_vocabulary(&tokenizer, &config)?;
        engine::check_special_tokens(&tokenizer, &pipeline, &config)?;
        Ok(Described { config, pipeline, settings, tokenizer })
    }

    /// As [`Described::read`], if the files can only be an encoder's. Those of a model without layers leave
    /// the rest to its weights, but their tokenizer is checked.
    pub fn if_encoder(files: &Texts) -> Result<Option<Self>, Error> {
        if bag::may_be_static(files)? {
            checkpoint::tokenizer(files, "")?;
            return Ok(None);
        }
        Described::read(files).map(Some)
    }
}

/// The files that the pipeline was read from, where it is not the usual one.
pub(super) fn sources(files: &Texts, pipeline: &Pipeline) -> Texts {
    let read =
        |(name, _): &(&String, &String)| !pipeline.is_one_pooling() && Pipeline::may_read(name);
    files.iter().filter(read).map(|(name, text)| (name.clone(), text.clone())).collect()
}

/// What is known of a model before its weights: see the fields of [`engine::Info`].
#[derive(Debug, PartialEq, Serialize)]
pub struct Outline<'a> {
    /// `embedding` or `cross-encoder`.
    pub task: &'static str,
    /// The longest text that there are positions for.
    pub positions: usize,
    /// The names of the poolings, joined by `+`.
    pub pooling: String,
    /// Texts that go in front of others, by name.
    pub prompts: &'a Texts,
}

impl<'a> Outline<'a> {
    pub(super) fn of(config: &Config, pipeline: &Pipeline, settings: &'a Settings) -> Self {
        Outline {
            task: pipeline.task.name(),
            positions: config.longest(),
            pooling: pipeline.pooling_names(),
            prompts: &settings.prompts,
        }
    }
}
