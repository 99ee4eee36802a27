//! A model with its tokenizer: texts in, vectors or scores out.

use crate::Error;
use crate::files::json::Texts;
use crate::files::names;
use crate::files::settings::{Settings, check_max_length};
use crate::kernels::padded;
use crate::model::Model;
use crate::model::backend::Hidden;
use crate::model::batch::{Batch, GROUP_TOKENS};
use crate::model::config::Config;
use crate::model::pipeline::{Pipeline, Task};
use crate::tokenizer::{Chunk, Offsets, Scratch, Tokenizer};
use serde::Serialize;

/// Fails if the tokenizer puts no special token around texts, or more than the model has positions.
pub(crate) fn check_special_tokens(
    tokenizer: &Tokenizer,
    pipeline: &Pipeline,
    config: &Config,
) -> Result<(), Error> {
    let special = match pipeline.task {
        Task::Embedding => tokenizer.special_tokens(),
        Task::CrossEncoder => tokenizer.special_tokens_of_pair()?,
    };
    let (file, field) = (names::TOKENIZER, "post_processor");
    // Without one an empty text has no token, and so no vector but the zero of a model without layers.
    if special == 0 && config.bag.is_none() {
        return Err(Error::unsupported(file, field, "no token around texts"));
    }
    if special > config.longest() {
        return Err(Error::field(file, field, "has more tokens than the model has positions"));
    }
    Ok(())
}

/// A loaded model with its tokenizer and the memory that both work in.
pub struct Engine {
    /// The encoder and what follows it.
    pub model: Model,
    /// Text to token ids.
    pub tokenizer: Tokenizer,
    /// Length and prompts, as the model's files have them.
    pub settings: Settings,
    max_length: usize,
    truncated: usize,
    tokens: u64,
    scratch: Scratch,
    batch: Batch,
    vectors: Vec<f32>,
    /// Hidden states that come from elsewhere, padded.
    rows: Vec<f32>,
}

impl Engine {
    /// Joins a model and its tokenizer. Fails if the tokenizer puts no special token around texts, or
    /// more than the model has positions.
    pub fn new(model: Model, tokenizer: Tokenizer, settings: Settings) -> Result<Self, Error> {
        check_special_tokens(&tokenizer, &model.pipeline, &model.config)?;
        let mut engine = Engine {
            model,
            tokenizer,
            max_length: 0,
            truncated: 0,
            tokens: 0,
            scratch: Scratch::default(),
            batch: Batch::default(),
            vectors: Vec::new(),
            rows: Vec::new(),
            settings,
        };
        engine.set_max_length(engine.settings.max_length)?;
        Ok(engine)
    }

    /// Elements of a vector; for a cross-encoder, its labels.
    pub fn dimension(&self) -> usize {
        self.model.pipeline.width(&self.model.config)
    }

    /// Word pieces, [CLS] and [SEP] included, after which texts are cut.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    /// Sets the length after which texts are cut: 2 up to the model's positions.
    pub fn set_max_length(&mut self, max_length: usize) -> Result<(), Error> {
        check_max_length(max_length, self.model.config.longest())?;
        self.max_length = max_length;
        Ok(())
    }

    /// How many texts, or pairs of them, were longer than that and have been cut, over all calls.
    pub fn truncated(&self) -> usize {
        self.truncated
    }

    /// How many tokens the texts, or pairs of them, had over all calls: special tokens included, and without
    /// what was cut.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }

    /// Encodes texts into vectors of [`Engine::dimension`] numbers. Texts longer than the maximum are
    /// cut, keeping [CLS] and [SEP]. `prompt` goes in front of each text; where the model's pooling
    /// does not count prompts, its tokens are left out there.
    ///
    /// Texts are taken and encoded in groups. `take` gets the vectors of each group, end to end, as soon
    /// as they are there, so that memory does not grow with the number of texts. After an error, what
    /// `take` got is not the whole.
    pub fn encode(
        &mut self,
        texts: impl IntoIterator<Item = Result<String, Error>>,
        unit_length: bool,
        prompt: &str,
        mut take: impl FnMut(&[f32]),
    ) -> Result<(), Error> {
        self.check(Task::Embedding, "a cross-encoder, which scores pairs of texts")?;
        self.each_text(texts, prompt, |engine| engine.end_text(unit_length, &mut take))?;
        self.run(unit_length, &mut take);
        Ok(())
    }

    /// The tokens of texts, as [`Engine::encode`] takes them through the encoder.
    pub fn tokenize_batch(
        &mut self,
        texts: impl IntoIterator<Item = Result<String, Error>>,
        prompt: &str,
    ) -> Result<&Batch, Error> {
        self.each_text(texts, prompt, |engine| engine.batch.end_text())?;
        Ok(&self.batch)
    }

    /// Appends the tokens of each text to the batch, and calls `end` behind each.
    fn each_text(
        &mut self,
        texts: impl IntoIterator<Item = Result<String, Error>>,
        prompt: &str,
        mut end: impl FnMut(&mut Self),
    ) -> Result<(), Error> {
        self.batch.clear();
        self.batch.skipped = match self.model.pipeline.include_prompt || prompt.is_empty() {
            true => 0,
            // All of its tokens but [SEP].
            false => self.count_tokens(prompt).saturating_sub(1),
        };
        let mut prompted = String::new();
        for text in texts {
            prompted.clear();
            prompted.push_str(prompt);
            prompted.push_str(&text?);
            let is_shortened = self.cut_characters(&mut prompted);
            let limit = Some(self.max_length);
            let ids = &mut self.batch.ids;
            let before = ids.len();
            let is_cut = self.tokenizer.encode(&prompted, limit, &mut self.scratch, ids);
            self.tokens += (ids.len() - before) as u64;
            self.truncated += usize::from(is_cut || is_shortened);
            end(self);
        }
        Ok(())
    }

    /// Scores documents for a query: [`Engine::dimension`] numbers each, one for each label. Of a pair
    /// that is longer than the maximum, the longer text is cut first. `take` gets the scores in groups, as
    /// in [`Engine::encode`].
    pub fn score(
        &mut self,
        query: &str,
        documents: impl IntoIterator<Item = Result<String, Error>>,
        mut take: impl FnMut(&[f32]),
    ) -> Result<(), Error> {
        self.each_pair(query, documents, |engine| engine.end_text(false, &mut take))?;
        self.run(false, &mut take);
        Ok(())
    }

    /// The tokens of a query with each document, as [`Engine::score`] takes them through the encoder.
    pub fn tokenize_pairs(
        &mut self,
        query: &str,
        documents: impl IntoIterator<Item = Result<String, Error>>,
    ) -> Result<&Batch, Error> {
        self.each_pair(query, documents, |engine| engine.batch.end_text())?;
        Ok(&self.batch)
    }

    /// Appends the tokens of each pair to the batch, and calls `end` behind each.
    fn each_pair(
        &mut self,
        query: &str,
        documents: impl IntoIterator<Item = Result<String, Error>>,
        mut end: impl FnMut(&mut Self),
    ) -> Result<(), Error> {
        self.check(Task::CrossEncoder, "no cross-encoder: it turns texts into vectors")?;
        self.batch.clear();
        self.batch.skipped = 0;
        let limit = Some(self.max_length);
        let mut query = self.tokenizer.first_of_pair(query, limit, &mut self.scratch)?;
        for document in documents {
            let before = self.batch.ids.len();
            let is_cut = self.tokenizer.encode_second(
                &mut query,
                &document?,
                &mut self.scratch,
                &mut self.batch.ids,
                &mut self.batch.types,
            )?;
            self.tokens += (self.batch.ids.len() - before) as u64;
            self.truncated += usize::from(is_cut);
            end(self);
        }
        Ok(())
    }

    /// The hidden states of texts, each alone between its special tokens: a row of the hidden size for each
    /// token.
    pub fn hidden(
        &mut self,
        texts: impl IntoIterator<Item = Result<String, Error>>,
    ) -> Result<&[f32], Error> {
        self.each_text(texts, "", |engine| engine.batch.end_text())?;
        self.vectors.clear();
        self.model.hidden(&self.batch, &mut self.vectors);
        Ok(&self.vectors)
    }

    /// What [`Engine::encode`] or [`Engine::score`] gives for texts whose hidden states were computed
    /// elsewhere: rows of the hidden size, `lengths` of them for each text. Fails for rows that no layer
    /// norm gives: too few or too many, zeros, and what is not finite.
    pub fn finish(
        &mut self,
        rows: &[f32],
        lengths: &[u32],
        skipped: usize,
        unit_length: bool,
    ) -> Result<&[f32], Error> {
        let width = self.model.config.hidden;
        let tokens: u64 = lengths.iter().map(|&length| u64::from(length)).sum();
        if lengths.contains(&0) || tokens * width as u64 != rows.len() as u64 {
            return Err(Error::state(&format!(
                "{} hidden numbers do not belong to {tokens} tokens",
                rows.len()
            )));
        }
        let stride = padded(width);
        self.rows.clear();
        for (index, row) in rows.chunks_exact(width).enumerate() {
            let squares: f32 = row.iter().map(|x| x * x).sum();
            if !(squares.is_finite() && squares > 0.0) {
                return Err(Error::state(&format!(
                    "the hidden state of token {index} has no length"
                )));
            }
            self.rows.extend_from_slice(row);
            self.rows.resize((index + 1) * stride, 0.0);
        }
        self.vectors.clear();
        let hidden = Hidden { values: &self.rows, stride };
        let lengths = lengths.iter().map(|&length| length as usize);
        self.model.finish(hidden, lengths, skipped, unit_length, &mut self.vectors);
        Ok(&self.vectors)
    }

    fn check(&self, task: Task, what: &str) -> Result<(), Error> {
        if self.model.pipeline.task == task {
            Ok(())
        } else {
            Err(Error::state(&format!("this model is {what}")))
        }
    }

    /// Ends the text whose ids were appended to the batch, and runs the batch once it is full.
    fn end_text(&mut self, unit_length: bool, take: &mut impl FnMut(&[f32])) {
        self.batch.end_text();
        // A text may have no token at all.
        if self.batch.ids.len() >= GROUP_TOKENS || self.batch.ends.len() >= GROUP_TOKENS {
            self.run(unit_length, take);
        }
    }

    /// Cuts a text to as many characters as the longest text has tokens of median length: model2vec's do so
    /// before they count tokens. Returns whether it was longer.
    fn cut_characters(&self, text: &mut String) -> bool {
        let bag = self.model.config.bag.as_ref();
        let Some(characters) = bag.and_then(|bag| bag.characters) else { return false };
        let most = self.max_length.saturating_mul(characters);
        if text.len() > most {
            if let Some((at, _)) = text.char_indices().nth(most) {
                text.truncate(at);
                return true;
            }
        }
        false
    }

    /// Encodes what is in the batch and empties it.
    fn run(&mut self, unit_length: bool, take: &mut impl FnMut(&[f32])) {
        if !self.batch.ends.is_empty() {
            self.vectors.clear();
            self.model.encode(&self.batch, unit_length, &mut self.vectors);
            self.batch.clear();
            take(&self.vectors);
        }
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

    /// Cuts a text into chunks of at most `max_tokens` tokens, and no more characters than models that cut by
    /// those take: see [`Tokenizer::chunk`].
    pub fn chunk(
        &mut self,
        text: &str,
        max_tokens: usize,
        overlap: usize,
    ) -> Result<Vec<Chunk>, Error> {
        // As `cut_characters` has it.
        let characters = self.model.config.bag.as_ref().and_then(|bag| bag.characters);
        let most = characters.map_or(usize::MAX, |each| max_tokens.saturating_mul(each));
        self.tokenizer.chunk(text, max_tokens, most, overlap, &mut self.scratch)
    }

    /// What the model is.
    pub fn info(&self) -> Info<'_> {
        let Model { config, pipeline, precision, kernel, .. } = &self.model;
        let labels = match pipeline.task {
            Task::Embedding => 0,
            Task::CrossEncoder => self.dimension(),
        };
        Info {
            architecture: config.model_type(),
            task: pipeline.task.name(),
            precision: if self.settings.compact { "compact" } else { precision.name() },
            kernel: kernel.name(),
            dimension: self.dimension(),
            labels,
            max_length: self.max_length,
            positions: config.longest(),
            layers: config.layers,
            heads: config.heads,
            hidden: config.hidden,
            intermediate: config.intermediate,
            vocabulary: config.vocabulary,
            pooling: pipeline.pooling_names(),
            normalize: pipeline.normalize,
            prompts: &self.settings.prompts,
            default_prompt: self.settings.default_prompt.as_deref(),
        }
    }
}

/// What a model is, for JavaScript.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Info<'a> {
    /// The first of the names that config.json can have for the architecture.
    pub architecture: &'static str,
    /// `embedding` or `cross-encoder`.
    pub task: &'static str,
    /// `int8`, `compact` or `f32`.
    pub precision: &'static str,
    /// The instructions that its maps use: `simd128` or `relaxed`.
    pub kernel: &'static str,
    /// Elements of a vector, or labels.
    pub dimension: usize,
    /// Labels of a cross-encoder, 0 otherwise.
    pub labels: usize,
    /// The longest text in tokens, the special ones included: longer ones are cut.
    pub max_length: usize,
    /// The longest text that there are positions for.
    pub positions: usize,
    /// Encoder layers.
    pub layers: usize,
    /// Attention heads of a layer.
    pub heads: usize,
    /// The width of the hidden states.
    pub hidden: usize,
    /// The width of the feed-forward block.
    pub intermediate: usize,
    /// Rows of the word embeddings.
    pub vocabulary: usize,
    /// The names of the poolings, joined by `+`.
    pub pooling: String,
    /// Whether the model's files ask for vectors of length 1.
    pub normalize: bool,
    /// Texts that go in front of others, by name.
    pub prompts: &'a Texts,
    /// The name of the prompt that is meant where none is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_prompt: Option<&'a str>,
}
