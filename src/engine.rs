//! A model with its tokenizer: texts in, vectors or scores out.

use crate::files::json::JsonText;
use crate::files::names;
use crate::files::settings::{Settings, MIN_LENGTH};
use crate::model::encoder::{Batch, Workspace};
use crate::model::pipeline::Task;
use crate::model::Model;
use crate::tokenizer::{Chunk, Offsets, Scratch, Tokenizer};
use crate::Error;

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
        let special = match model.pipeline.task {
            Task::Embedding => tokenizer.special_tokens(),
            Task::CrossEncoder => tokenizer.special_tokens_of_pair()?,
        };
        let (file, field) = (names::TOKENIZER, "post_processor");
        // Without one an empty text has no token, and so no vector.
        if special == 0 {
            return Err(Error::unsupported(file, field, "no token around texts"));
        }
        if special > model.config.longest() {
            return Err(Error::field(file, field, "has more tokens than the model has positions"));
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

    /// Elements of a vector; for a cross-encoder, its labels.
    pub fn dimension(&self) -> usize {
        self.model.pipeline.width(&self.model.config)
    }

    /// Word pieces, [CLS] and [SEP] included, behind which texts are cut.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    pub fn set_max_length(&mut self, max_length: usize) -> Result<(), Error> {
        let longest = self.model.config.longest();
        if !(MIN_LENGTH..=longest).contains(&max_length) {
            return Err(Error::unsupported(
                "this model",
                "maxLength",
                &format!("{max_length} (it can be {MIN_LENGTH} to {longest})"),
            ));
        }
        self.max_length = max_length;
        Ok(())
    }

    /// Encodes texts into row-major vectors [texts, dimension]; texts longer than the maximum are
    /// cut, keeping [CLS] and [SEP]. `prompt` goes in front of each text; where the model's pooling
    /// does not count prompts, its tokens are left out there.
    pub fn encode(
        &mut self,
        texts: impl IntoIterator<Item = Result<String, Error>>,
        unit_length: bool,
        prompt: &str,
    ) -> Result<&[f32], Error> {
        self.check(Task::Embedding, "a cross-encoder, which scores pairs of texts")?;
        self.batch.clear();
        if !prompt.is_empty() && !self.model.pipeline.include_prompt {
            // All of its tokens but [SEP].
            self.batch.skipped = self.count_tokens(prompt).saturating_sub(1);
        }
        let mut prompted = String::new();
        for text in texts {
            prompted.clear();
            prompted.push_str(prompt);
            prompted.push_str(&text?);
            let limit = Some(self.max_length);
            self.tokenizer.encode(&prompted, limit, &mut self.scratch, &mut self.batch.ids);
            self.batch.end_text();
        }
        Ok(self.run(unit_length))
    }

    /// Scores pairs of texts: row-major [pairs, labels]. Of a pair that is longer than the maximum,
    /// the longer text is cut first.
    pub fn score(
        &mut self,
        pairs: impl IntoIterator<Item = Result<(String, String), Error>>,
    ) -> Result<&[f32], Error> {
        self.check(Task::CrossEncoder, "no cross-encoder: it turns texts into vectors")?;
        self.batch.clear();
        for pair in pairs {
            let (query, document) = pair?;
            self.tokenizer.encode_pair(
                &query,
                &document,
                Some(self.max_length),
                &mut self.scratch,
                &mut self.batch.ids,
                &mut self.batch.types,
            )?;
            self.batch.end_text();
        }
        Ok(self.run(false))
    }

    fn check(&self, task: Task, what: &str) -> Result<(), Error> {
        if self.model.pipeline.task == task {
            Ok(())
        } else {
            Err(Error::state(&format!("this model is {what}")))
        }
    }

    fn run(&mut self, unit_length: bool) -> &[f32] {
        self.vectors.clear();
        self.model.encode(&self.batch, unit_length, &mut self.workspace, &mut self.vectors);
        &self.vectors
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
        let Model { config, pipeline, .. } = &self.model;
        let (task, labels) = match pipeline.task {
            Task::Embedding => ("embedding", 0),
            Task::CrossEncoder => ("cross-encoder", self.dimension()),
        };
        let mut text = JsonText::default();
        text.open('{').text_entry("architecture", config.model_type());
        text.text_entry("task", task);
        text.text_entry("precision", self.model.precision.name());
        for (name, number) in [
            ("dimension", self.dimension()),
            ("labels", labels),
            ("maxLength", self.max_length),
            ("positions", config.longest()),
            ("layers", config.layers),
            ("heads", config.heads),
            ("hidden", config.hidden),
            ("intermediate", config.intermediate),
            ("vocabulary", config.vocabulary),
        ] {
            text.number_entry(name, number);
        }
        text.text_entry("pooling", &pipeline.pooling_names());
        text.flag_entry("normalize", pipeline.normalize);
        text.key("prompts").strings(&self.settings.prompts);
        if let Some(name) = &self.settings.default_prompt {
            text.text_entry("defaultPrompt", name);
        }
        text.close('}');
        text.take()
    }
}
