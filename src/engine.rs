//! A model with its tokenizer: texts in, vectors out.

use crate::entries::Entries;
use crate::json::Json;
use crate::model::config::Config;
use crate::model::encoder::{Batch, Workspace};
use crate::model::json::Fields;
use crate::model::pooling::{self, Pooling};
use crate::model::Model;
use crate::tokenizer::{Chunk, Offsets, Scratch, Tokenizer};
use crate::Error;

/// The longest text, in word pieces, where a model's files do not say: that of the first model,
/// all-MiniLM-L6-v2, whose tokenizer.json has 128, sentence_bert_config.json 256, config.json 512.
const DEFAULT_MAX_LENGTH: usize = 256;
/// [CLS] and [SEP].
const MIN_MAX_LENGTH: usize = 2;
const SENTENCE_BERT_FILE: &str = "sentence_bert_config.json";
const PROMPTS_FILE: &str = "config_sentence_transformers.json";

/// What a sentence-embedding model's files say beside the encoder's own config.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub pooling: Pooling,
    pub max_length: usize,
    /// Texts to put in front of a query or a document, by name.
    pub prompts: Entries<String>,
}

impl Settings {
    /// Reads what is there of 1_Pooling/config.json, sentence_bert_config.json and
    /// config_sentence_transformers.json.
    pub fn from_files(files: &Entries<String>, config: &Config) -> Result<Self, Error> {
        let pooling = match files.get(pooling::FILE) {
            Some(text) => Pooling::parse(text)?,
            None => Pooling::Mean,
        };
        let max_length = match files.get(SENTENCE_BERT_FILE) {
            Some(text) => {
                Fields::parse(SENTENCE_BERT_FILE, text)?.optional_count("max_seq_length")?
            }
            None => Some(DEFAULT_MAX_LENGTH),
        };
        let prompts = match files.get(PROMPTS_FILE) {
            Some(text) => Fields::parse(PROMPTS_FILE, text)?.strings("prompts")?,
            None => Entries::default(),
        };
        Ok(Settings {
            pooling,
            max_length: max_length.unwrap_or(config.positions).min(config.positions),
            prompts,
        })
    }
}

pub struct Engine {
    pub model: Model,
    pub tokenizer: Tokenizer,
    pub settings: Settings,
    max_length: usize,
    scratch: Scratch,
    batch: Batch,
    workspace: Workspace,
    vectors: Vec<f32>,
}

impl Engine {
    pub fn new(model: Model, tokenizer: Tokenizer, settings: Settings) -> Result<Self, Error> {
        let (pieces, rows) = (tokenizer.vocab_size(), model.config.vocabulary);
        if pieces > rows {
            return Err(Error::field(
                "tokenizer.json",
                "model.vocab",
                format!("has ids up to {}, but the model has embeddings for {rows}", pieces - 1),
            ));
        }
        let mut engine = Engine {
            model,
            tokenizer,
            max_length: 0,
            scratch: Scratch::default(),
            batch: Batch::default(),
            workspace: Workspace::default(),
            vectors: Vec::new(),
            settings,
        };
        engine.set_max_length(engine.settings.max_length)?;
        Ok(engine)
    }

    /// Elements of a vector.
    pub fn dimension(&self) -> usize {
        self.model.config.hidden
    }

    /// Word pieces, [CLS] and [SEP] included, behind which texts are cut.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    pub fn set_max_length(&mut self, max_length: usize) -> Result<(), Error> {
        let positions = self.model.config.positions;
        if !(MIN_MAX_LENGTH..=positions).contains(&max_length) {
            return Err(Error::unsupported(
                "this model",
                "maxLength",
                format!("{max_length} (it can be {MIN_MAX_LENGTH} to {positions})"),
            ));
        }
        self.max_length = max_length;
        Ok(())
    }

    /// Encodes texts into row-major vectors [texts, dimension]; texts longer than the maximum are
    /// cut, keeping [CLS] and [SEP].
    pub fn encode(
        &mut self,
        texts: impl IntoIterator<Item = Result<String, Error>>,
        unit_length: bool,
    ) -> Result<&[f32], Error> {
        self.batch.clear();
        for text in texts {
            let limit = Some(self.max_length);
            self.tokenizer.encode(&text?, limit, &mut self.scratch, &mut self.batch.ids);
            self.batch.end_text();
        }
        self.vectors.clear();
        self.model.encode(
            &self.batch,
            self.settings.pooling,
            unit_length,
            &mut self.workspace,
            &mut self.vectors,
        );
        Ok(&self.vectors)
    }

    /// The ids of a text with [CLS] and [SEP], however long it is.
    pub fn tokenize(&mut self, text: &str) -> &[u32] {
        self.batch.clear();
        self.tokenizer.encode(text, None, &mut self.scratch, &mut self.batch.ids);
        &self.batch.ids
    }

    /// How many ids [`Engine::tokenize`] gives.
    pub fn count_tokens(&mut self, text: &str) -> usize {
        self.tokenizer.count(text, &mut self.scratch)
    }

    /// The tokens of a text with their places in it.
    pub fn tokenize_with_offsets(&mut self, text: &str) -> Offsets {
        self.tokenizer.encode_with_offsets(text, &mut self.scratch)
    }

    /// Cuts a text into chunks of at most `max_tokens` tokens: see [`Tokenizer::chunk`].
    pub fn chunk(
        &mut self,
        text: &str,
        max_tokens: usize,
        overlap: usize,
    ) -> Result<Vec<Chunk>, Error> {
        self.tokenizer.chunk(text, max_tokens, overlap, &mut self.scratch)
    }

    /// What the model is, as JSON.
    pub fn info(&self) -> String {
        let config = &self.model.config;
        Json::object(vec![
            ("architecture", "bert".into()),
            ("precision", self.model.precision.name().into()),
            ("dimension", self.dimension().into()),
            ("maxLength", self.max_length.into()),
            ("positions", config.positions.into()),
            ("layers", config.layers.into()),
            ("heads", config.heads.into()),
            ("hidden", config.hidden.into()),
            ("intermediate", config.intermediate.into()),
            ("vocabulary", config.vocabulary.into()),
            ("pooling", self.settings.pooling.name().into()),
            ("prompts", (&self.settings.prompts).into()),
        ])
        .to_string()
    }
}
