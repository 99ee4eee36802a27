//! What follows the encoder: pooling, then the modules after it or a classifier.
//!
//! sentence-transformers lists a model's modules in modules.json. A model without that file is a
//! cross-encoder if its architecture is one for classification, and else its tokens' mean.

use super::config::{Architecture, Config};
use super::dense::{Dense, Function};
use super::pooling::Pooling;
use crate::Error;
use crate::files::fields::{self, Fields};
use crate::files::json::{Json, Texts};
use crate::files::names;
use crate::kernels::activation::Activation;

/// The two fields that name what a module reads and writes, and what a whole text has there.
const NAMES: [&str; 2] = ["module_input_name", "module_output_name"];
const VECTOR: &str = "sentence_embedding";

/// What a model does with texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// A text to a vector.
    Embedding,
    /// Two texts to a score for each label.
    CrossEncoder,
}

impl Task {
    /// Its name in JavaScript.
    pub fn name(self) -> &'static str {
        match self {
            Task::Embedding => "embedding",
            Task::CrossEncoder => "cross-encoder",
        }
    }
}

/// What follows the encoder, as the model's files describe it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// Whether vectors come out, or scores.
    pub task: Task,
    /// The vectors of these, one after the other, are the text's; mostly there is one.
    pub pooling: Vec<Pooling>,
    /// Whether the tokens of a prompt count in pooling.
    pub include_prompt: bool,
    /// What follows pooling, in order.
    pub steps: Vec<Step>,
    /// Whether the model's files ask for vectors of length 1.
    pub normalize: bool,
}

/// A step after pooling.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// To length 1, with further steps after it.
    Normalize,
    /// A linear map with its function.
    Map(Dense),
}

impl Pipeline {
    /// Pooling alone.
    pub fn of(pooling: Vec<Pooling>) -> Self {
        Pipeline {
            task: Task::Embedding,
            pooling,
            include_prompt: true,
            steps: Vec::new(),
            normalize: true,
        }
    }

    /// Reads modules.json and the files of its modules, or the files that take its place.
    pub fn from_files(files: &Texts, config: &Config) -> Result<Self, Error> {
        let modules = fields::read(files, names::MODULES)?;
        if let Some(modules) = &modules {
            if let Some(pipeline) = Pipeline::from_modules(modules, files, config)? {
                return Ok(pipeline);
            }
        }
        if config.bag.is_some() {
            let mut pipeline = Pipeline::of(vec![Pooling::Mean]);
            let json = fields::read(files, names::CONFIG)?;
            pipeline.normalize = match &json {
                Some(json) => {
                    Fields::root(json, names::CONFIG)?.option("normalize")?.unwrap_or(false)
                }
                None => false,
            };
            return Ok(pipeline);
        }
        let json = fields::needed(files, names::CONFIG)?;
        let fields = Fields::root(&json, names::CONFIG)?;
        let names = fields.get("architectures").and_then(Json::as_array).unwrap_or_default();
        let classifies = |name: &Json| {
            name.as_str().is_some_and(|name| name.ends_with("ForSequenceClassification"))
        };
        if names.iter().any(classifies) {
            return Pipeline::classifier(&fields, files, config);
        }
        if modules.is_some() {
            return Err(Error::field(names::MODULES, "type", "names no Pooling"));
        }
        let mut pipeline = Pipeline::of(vec![Pooling::Mean]);
        pipeline.normalize = false;
        if let Some(json) = fields::read(files, names::POOLING)? {
            pipeline.pool(&json, names::POOLING, config)?;
        }
        Ok(pipeline)
    }

    /// What modules.json lists; `None` where it is the encoder alone.
    fn from_modules(json: &Json, files: &Texts, config: &Config) -> Result<Option<Self>, Error> {
        let list = json.as_array().filter(|list| !list.is_empty());
        let list =
            list.ok_or_else(|| Error::field(names::MODULES, "JSON", "is not a list of modules"))?;
        let mut pipeline = Pipeline::of(Vec::new());
        for (index, module) in list.iter().enumerate() {
            let module = Fields::root(module, names::MODULES)?;
            let path = module.optional_string("path")?.unwrap_or_default();
            let file = format!("{path}{}", names::MODULE_CONFIG);
            let name = module.string("type")?;
            let is = |class| fields::is_class(name, "sentence_transformers.", class);
            let behind = index >= if config.bag.is_some() { 1 } else { 2 };
            match index {
                0 if config.bag.is_some() && is("StaticEmbedding") => {
                    pipeline.pooling.push(Pooling::Mean);
                }
                0 if config.bag.is_none() && is("Transformer") => {}
                1 if config.bag.is_none() && is("Pooling") => {
                    pipeline.pool(&fields::needed(files, &file)?, &file, config)?
                }
                _ if behind && is("Dense") => {
                    let json = fields::needed(files, &file)?;
                    let fields = fields_of_vector_module(&json, &file)?;
                    if fields.option("use_residual")? == Some(true) {
                        return Err(fields.unsupported("use_residual"));
                    }
                    let dense = Dense::parse(&fields, format!("{path}/linear"))?;
                    pipeline.map(dense, config, &fields)?;
                }
                _ if behind && is("Normalize") => {
                    if let Some(json) = fields::read(files, &file)? {
                        fields_of_vector_module(&json, &file)?;
                    }
                    pipeline.steps.push(Step::Normalize);
                }
                _ => return Err(module.unsupported("type")),
            }
        }
        // The last one is what the caller decides on.
        pipeline.normalize = matches!(pipeline.steps.last(), Some(Step::Normalize));
        if pipeline.normalize {
            pipeline.steps.pop();
        }
        Ok((!pipeline.pooling.is_empty()).then_some(pipeline))
    }

    /// Reads the config.json of a pooling.
    fn pool(&mut self, json: &Json, file: &str, config: &Config) -> Result<(), Error> {
        let fields = Fields::root(json, file)?;
        for name in ["embedding_dimension", "word_embedding_dimension"] {
            if fields.optional_count(name)?.is_some_and(|width| width != config.hidden) {
                let reason = format!("differs from the model's hidden size of {}", config.hidden);
                return Err(fields.wrong(name, &reason));
            }
        }
        self.include_prompt = fields.option("include_prompt")?.unwrap_or(true);
        self.pooling = Pooling::parse(&fields)?;
        Ok(())
    }

    /// Adds a map, which must take what is there up to now.
    fn map(&mut self, dense: Dense, config: &Config, fields: &Fields<'_>) -> Result<(), Error> {
        let width = self.width(config);
        if dense.inputs != width {
            let reason = format!("is {}, but {width} numbers come in", dense.inputs);
            return Err(fields.wrong("in_features", &reason));
        }
        self.steps.push(Step::Map(dense));
        Ok(())
    }

    /// The classifiers of `transformers`' models for sequence classification, on [CLS].
    fn classifier(fields: &Fields<'_>, files: &Texts, config: &Config) -> Result<Self, Error> {
        let (first, inner, last) = match config.architecture {
            Architecture::ModernBert | Architecture::Static => {
                return Err(fields.unsupported("architectures"));
            }
            Architecture::Bert => ("pooler.dense", Function::Tanh, "classifier"),
            Architecture::Roberta | Architecture::Mpnet => {
                ("classifier.dense", Function::Tanh, "classifier.out_proj")
            }
            Architecture::DistilBert => {
                ("pre_classifier", Function::Activation(Activation::Relu), "classifier")
            }
        };
        let labels = match fields.is_null("id2label") {
            true => fields.optional_count("num_labels")?.unwrap_or(2),
            false => fields.object("id2label")?.size(),
        };
        if labels == 0 {
            return Err(fields.wrong("id2label", "is empty: a classifier needs at least one label"));
        }
        let dense = |name: &str, outputs, function| {
            let inputs = config.hidden;
            Step::Map(Dense { name: name.to_owned(), inputs, outputs, bias: true, function })
        };
        let function = match score_function(fields, files)? {
            Some(function) => function,
            None if labels == 1 => Function::Sigmoid,
            None => Function::Identity,
        };
        Ok(Pipeline {
            task: Task::CrossEncoder,
            steps: vec![dense(first, config.hidden, inner), dense(last, labels, function)],
            normalize: false,
            ..Pipeline::of(vec![Pooling::Cls])
        })
    }

    /// Whether this is one pooling and nothing else, so that its name describes it.
    pub fn is_one_pooling(&self) -> bool {
        *self == Pipeline::of(self.pooling.clone()) && self.pooling.len() == 1
    }

    /// Whether [`Self::from_files`] may read a file of this name.
    pub fn may_read(file: &str) -> bool {
        [names::CONFIG, names::MODULES, names::SENTENCE_TRANSFORMERS].contains(&file)
            || file.ends_with(names::MODULE_CONFIG)
    }

    /// The names of the poolings in their order.
    pub fn pooling_names(&self) -> String {
        let mut names = String::new();
        for pooling in &self.pooling {
            if !names.is_empty() {
                names.push('+');
            }
            names += pooling.name();
        }
        names
    }

    /// The maps among the steps.
    pub fn maps(&self) -> impl Iterator<Item = &Dense> {
        self.steps.iter().filter_map(|step| match step {
            Step::Map(dense) => Some(dense),
            Step::Normalize => None,
        })
    }

    /// Numbers that come out: elements of a vector, or labels.
    pub fn width(&self, config: &Config) -> usize {
        let pooled = self.pooling.len().saturating_mul(config.hidden);
        self.maps().last().map_or(pooled, |map| map.outputs)
    }
}

/// The fields of a module, which must read and write the vector of a text.
fn fields_of_vector_module<'a>(json: &'a Json, file: &'a str) -> Result<Fields<'a>, Error> {
    let fields = Fields::root(json, file)?;
    for name in NAMES {
        if fields.optional_string(name)?.is_some_and(|value| value != VECTOR) {
            return Err(fields.unsupported(name));
        }
    }
    Ok(fields)
}

/// The function of a cross-encoder's scores, from the first of the places where
/// sentence-transformers looks for it (CrossEncoder in version 6.2).
fn score_function(config: &Fields<'_>, files: &Texts) -> Result<Option<Function>, Error> {
    const NAME: &str = "activation_fn";
    if let Some(json) = fields::read(files, names::SENTENCE_TRANSFORMERS)? {
        let fields = Fields::root(&json, names::SENTENCE_TRANSFORMERS)?;
        if let Some(function) = Function::parse(&fields, NAME)? {
            return Ok(Some(function));
        }
    }
    if !config.is_null("sentence_transformers") {
        let fields = config.object("sentence_transformers")?;
        if let Some(function) = Function::parse(&fields, NAME)? {
            return Ok(Some(function));
        }
    }
    Function::parse(config, "sbert_ce_default_activation_function")
}
