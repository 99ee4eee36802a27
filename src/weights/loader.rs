//! Reads one model while its safetensors file streams in: a packed int8 file, or a checkpoint in
//! F32, F16 or BF16, which is quantised row by row.

use super::dtype::{self, decode_floats, Dtype, FLOATS};
use super::export::{self, PACKED_VOCABULARY, SCALE_SUFFIX};
use super::header::{Header, TensorEntry};
use super::quantize::QuantizedRow;
use super::stream::{RowStream, Sink, Tensor};
use crate::engine::{Engine, Settings, SENTENCE_BERT_FILE, TOKENIZER_CONFIG_FILE};
use crate::entries::Entries;
use crate::fields::{self, Fields};
use crate::json::Json;
use crate::model::config::{self, Config};
use crate::model::layout::{self, Place};
use crate::model::pipeline::Pipeline;
use crate::model::precision::Precision;
use crate::model::Model;
use crate::tokenizer::Tokenizer;
use crate::{Error, ErrorKind};

/// A model's small files, by their path in its folder.
pub type Files = Entries<String>;

pub struct Loader {
    stream: RowStream,
    builder: Builder,
}

impl Loader {
    pub fn new(precision: Precision) -> Self {
        Loader {
            stream: RowStream::default(),
            builder: Builder { precision, files: Files::default(), building: None },
        }
    }

    /// Gives one of the small files that describe a checkpoint: `config.json`, `tokenizer.json`,
    /// `1_Pooling/config.json` and so on. A packed file carries its own and needs none.
    pub fn file(&mut self, name: String, text: String) -> Result<(), Error> {
        if self.builder.building.is_some() {
            let reason = format!("`{name}` was given after the weights' header had been read");
            return Err(Error::state(&reason));
        }
        self.builder.files.insert(name, text);
        Ok(())
    }

    /// Takes the next bytes of the safetensors file.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.stream.push(bytes, &mut self.builder)
    }

    /// The finished model, if the whole file has arrived.
    pub fn finish(self) -> Result<Engine, Error> {
        self.stream.finish()?;
        let building = self.builder.building;
        let building = building.ok_or_else(|| Error::state("no weights were given"))?;
        let tokenizer = match building.tokenizer {
            TokenizerSource::Ready(tokenizer) => *tokenizer,
            TokenizerSource::Packed { vocabulary, options } => {
                Tokenizer::from_packed(&vocabulary, &options)?
            }
        };
        check_vocabulary(&tokenizer, &building.model.config)?;
        Engine::new(building.model, tokenizer, building.settings)
    }
}

struct Builder {
    precision: Precision,
    files: Files,
    building: Option<Building>,
}

/// A model whose header has been read and whose tensors are arriving.
struct Building {
    model: Model,
    settings: Settings,
    tokenizer: TokenizerSource,
    /// For each tensor of the file, where it goes, if anywhere.
    targets: Vec<Option<Target>>,
    /// The row that is being read, decoded.
    floats: Vec<f32>,
    int8: Vec<i8>,
    quantized: QuantizedRow,
}

enum TokenizerSource {
    Ready(Box<Tokenizer>),
    /// The vocabulary arrives as a tensor.
    Packed {
        vocabulary: Vec<u8>,
        options: String,
    },
}

#[derive(Clone, Copy)]
enum Target {
    Tensor(Place),
    /// The scales of a packed file's int8 tensor.
    Scales(Place),
    Vocabulary,
}

impl Sink for Builder {
    fn begin(&mut self, header: &Header) -> Result<(), Error> {
        self.building = Some(if export::is_packed(header) {
            Building::packed(header, self.precision)?
        } else {
            Building::checkpoint(header, self.precision, &self.files)?
        });
        Ok(())
    }

    fn wants(&self, tensor: usize) -> bool {
        self.building.as_ref().is_some_and(|building| building.targets[tensor].is_some())
    }

    fn row(&mut self, tensor: Tensor, row: usize, bytes: &[u8]) -> Result<(), Error> {
        match &mut self.building {
            Some(building) => building.row(tensor, row, bytes),
            None => Ok(()),
        }
    }
}

impl Building {
    fn new(model: Model, settings: Settings, tokenizer: TokenizerSource, targets: Targets) -> Self {
        Building {
            model,
            settings,
            tokenizer,
            targets: targets.targets,
            floats: Vec::new(),
            int8: Vec::new(),
            quantized: QuantizedRow::default(),
        }
    }

    fn packed(header: &Header, precision: Precision) -> Result<Self, Error> {
        if precision != Precision::Int8 {
            return Err(Error::unsupported(
                "the packed int8 file",
                "precision",
                "`f32`: it needs the original checkpoint",
            ));
        }
        let export::Packed { config, pipeline, settings, tokenizer } =
            export::read_metadata(header)?;
        let mut targets = Targets::new(header, &config)?;
        for wanted in layout::tensors(&config, &pipeline) {
            let dtype = match layout::scale_shape(&wanted) {
                Some(shape) => {
                    let name = format!("{}{SCALE_SUFFIX}", wanted.name);
                    targets.add(&name, &shape, &[Dtype::F32], Target::Scales(wanted.place))?;
                    Dtype::I8
                }
                None => Dtype::F32,
            };
            targets.add(&wanted.name, &wanted.shape, &[dtype], Target::Tensor(wanted.place))?;
        }
        targets.add_of_any_length(PACKED_VOCABULARY, Dtype::U8, Target::Vocabulary)?;
        let tokenizer = TokenizerSource::Packed { vocabulary: Vec::new(), options: tokenizer };
        let model = Model::zeroed(config, pipeline, precision)?;
        Ok(Building::new(model, settings, tokenizer, targets))
    }

    fn checkpoint(header: &Header, precision: Precision, files: &Files) -> Result<Self, Error> {
        let about = fields::needed(files, config::FILE)?;
        let config = Config::from_json(&about)?;
        // Whatever can fail early does, before the download goes on.
        let pipeline = Pipeline::from_files(files, &config)?;
        let mut settings = Settings::from_files(files, &config)?;
        if !pipeline.is_plain() {
            for (name, text) in files.iter().filter(|(name, _)| Pipeline::reads(name)) {
                settings.sources.push(name.to_owned(), text.clone());
            }
        }
        // The class that `transformers` takes where tokenizer_config.json names none.
        let class = Fields::root(&about, config::FILE)?.get("tokenizer_class");
        let usual = if config.padding.is_some() { "" } else { "BertTokenizer" };
        let class = class.and_then(Json::as_str).unwrap_or(usual);
        let tokenizer = tokenizer_from_files(files, class)?;
        check_vocabulary(&tokenizer, &config)?;
        let prefix = layout::prefix(header)?;
        let mut targets = Targets::new(header, &config)?;
        check_layers(header, prefix, &config)?;
        for wanted in layout::tensors(&config, &pipeline) {
            let name = checkpoint_name(header, prefix, wanted.name);
            targets.add(&name, &wanted.shape, FLOATS, Target::Tensor(wanted.place))?;
        }
        targets.check_unknown(prefix, &config)?;
        let model = Model::zeroed(config, pipeline, precision)?;
        Ok(Building::new(model, settings, TokenizerSource::Ready(Box::new(tokenizer)), targets))
    }

    fn row(&mut self, tensor: Tensor, row: usize, bytes: &[u8]) -> Result<(), Error> {
        let Tensor { index, entry } = tensor;
        let first = row * entry.shape.last().unwrap_or(&1);
        match self.targets[index] {
            None => {}
            Some(Target::Vocabulary) => {
                if let TokenizerSource::Packed { vocabulary, .. } = &mut self.tokenizer {
                    vocabulary.extend_from_slice(bytes);
                }
            }
            Some(Target::Scales(place)) => {
                decode_floats(&entry.dtype, bytes, &mut self.floats, &entry.name, first)?;
                self.model.set_scales(place, row, &self.floats);
            }
            Some(Target::Tensor(place)) if entry.dtype == Dtype::I8 => {
                self.int8.clear();
                self.int8.extend(bytes.iter().map(|&b| b as i8));
                self.model.set_int8(place, row, &self.int8);
            }
            Some(Target::Tensor(place)) => {
                decode_floats(&entry.dtype, bytes, &mut self.floats, &entry.name, first)?;
                self.model.set_floats(place, row, &self.floats, &mut self.quantized);
            }
        }
        Ok(())
    }
}

/// Collects where the tensors of a file go, and checks each.
struct Targets<'h> {
    header: &'h Header,
    targets: Vec<Option<Target>>,
}

impl<'h> Targets<'h> {
    fn new(header: &'h Header, config: &Config) -> Result<Self, Error> {
        let count = header.tensors.len();
        // Every layer has tensors; a larger number would only make a long list to look for.
        if config.layers > count {
            let reason = format!("is {}, but the weights have {count} tensors", config.layers);
            return Err(Error::field(config::FILE, "num_hidden_layers", &reason));
        }
        Ok(Targets { header, targets: vec![None; count] })
    }

    fn add(
        &mut self,
        name: &str,
        shape: &[usize],
        dtypes: &[Dtype],
        target: Target,
    ) -> Result<(), Error> {
        let (index, entry) = self.find(name, dtypes)?;
        if entry.shape != shape {
            return Err(ErrorKind::WrongShape {
                name: name.to_owned(),
                expected: shape.to_vec(),
                found: entry.shape.clone(),
            }
            .into());
        }
        self.targets[index] = Some(target);
        Ok(())
    }

    /// Fails where a layer has a tensor that nothing here wants: it is of another kind of encoder.
    fn check_unknown(&self, prefix: &str, config: &Config) -> Result<(), Error> {
        let stem = format!("{prefix}{}", layout::stem(config.architecture));
        for (entry, target) in self.header.tensors.iter().zip(&self.targets) {
            if target.is_none() && entry.name.starts_with(&stem) {
                return Err(Error::unsupported("the weights", &entry.name, "part of a layer"));
            }
        }
        Ok(())
    }

    fn add_of_any_length(&mut self, name: &str, dtype: Dtype, target: Target) -> Result<(), Error> {
        let (index, _) = self.find(name, &[dtype])?;
        self.targets[index] = Some(target);
        Ok(())
    }

    fn find(&self, name: &str, dtypes: &[Dtype]) -> Result<(usize, &'h TensorEntry), Error> {
        let index = self.header.index(name);
        let index = index.ok_or_else(|| ErrorKind::MissingTensor { name: name.to_owned() })?;
        let entry = &self.header.tensors[index];
        if !dtypes.contains(&entry.dtype) {
            return Err(ErrorKind::WrongDtype {
                name: name.to_owned(),
                expected: dtype::names(dtypes),
                found: entry.dtype.name().to_owned(),
            }
            .into());
        }
        Ok((index, entry))
    }
}

/// The tensor's name in a checkpoint: with its prefix, which what stands behind the encoder lacks,
/// and with the names that layer norms had in the first BERT checkpoints where the file has those.
fn checkpoint_name(header: &Header, prefix: &str, name: String) -> String {
    let current = format!("{prefix}{name}");
    if header.index(&current).is_some() {
        return current;
    }
    let early = |new, old| Some(format!("{}{old}", current.strip_suffix(new)?));
    let early = early("LayerNorm.weight", "LayerNorm.gamma")
        .or_else(|| early("LayerNorm.bias", "LayerNorm.beta"));
    match early {
        Some(early) if header.index(&early).is_some() => early,
        _ if header.index(&name).is_some() => name,
        _ => current,
    }
}

/// Fails where the file has another number of layers than config.json says.
fn check_layers(header: &Header, prefix: &str, config: &Config) -> Result<(), Error> {
    let stem = format!("{prefix}{}", layout::stem(config.architecture));
    let number = |name: &str| name.strip_prefix(&stem)?.split('.').next()?.parse::<usize>().ok();
    let last = header.tensors.iter().filter_map(|tensor| number(&tensor.name)).max();
    let layers = last.map_or(0, |last| last.saturating_add(1));
    if layers != config.layers {
        let how = if layers < config.layers { "end before" } else { "go on with" };
        let first = layers.min(config.layers);
        let reason = format!("is {}, but the weights {how} `{stem}{first}`", config.layers);
        return Err(Error::field(config::FILE, "num_hidden_layers", &reason));
    }
    Ok(())
}

fn check_vocabulary(tokenizer: &Tokenizer, config: &Config) -> Result<(), Error> {
    let (pieces, rows) = (tokenizer.vocab_size(), config.vocabulary);
    if pieces > rows {
        let reason = format!("is {rows}, but the tokenizer has ids up to {}", pieces - 1);
        return Err(Error::field(config::FILE, "vocab_size", &reason));
    }
    Ok(())
}

/// tokenizer.json, or else vocab.txt with the options of tokenizer_config.json.
fn tokenizer_from_files(files: &Files, class: &str) -> Result<Tokenizer, Error> {
    let tokenizer = match (files.get("tokenizer.json"), files.get("vocab.txt")) {
        (Some(text), _) => {
            let tokenizer = Tokenizer::from_json(text)?;
            match files.get(TOKENIZER_CONFIG_FILE) {
                Some(options) => tokenizer.configured(options, class)?,
                None => tokenizer,
            }
        }
        (None, Some(vocabulary)) => {
            let options = files.get(TOKENIZER_CONFIG_FILE).map(String::as_str);
            Tokenizer::from_vocab_txt(vocabulary, options)?
        }
        (None, None) => {
            return Err(ErrorKind::MissingFile { file: "tokenizer.json".to_owned() }.into());
        }
    };
    let Some(json) = fields::read(files, SENTENCE_BERT_FILE)? else { return Ok(tokenizer) };
    match Fields::root(&json, SENTENCE_BERT_FILE)?.option("do_lower_case")? {
        Some(true) => tokenizer.lowercased(),
        _ => Ok(tokenizer),
    }
}
