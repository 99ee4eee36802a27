//! Reads one model while its safetensors file streams in: a packed int8 file, or a checkpoint in
//! F32, F16 or BF16, which is quantised row by row.

use super::dtype::{self, decode_floats, Dtype, FLOATS};
use super::export::{self, PACKED_VOCABULARY, SCALE_SUFFIX};
use super::header::{Header, TensorEntry};
use super::quantize::QuantizedRow;
use super::stream::{RowStream, Sink, Tensor};
use crate::engine::{Engine, Settings};
use crate::entries::Entries;
use crate::model::config::{self, Config};
use crate::model::layout::{self, Place};
use crate::model::linear::Precision;
use crate::model::Model;
use crate::tokenizer::Tokenizer;
use crate::Error;

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
            return Err(Error::State {
                reason: format!("`{name}` was given after the weights' header had been read"),
            });
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
        let building = self
            .builder
            .building
            .ok_or_else(|| Error::State { reason: "no weights were given".to_owned() })?;
        let tokenizer = match building.tokenizer {
            TokenizerSource::Ready(tokenizer) => *tokenizer,
            TokenizerSource::Packed { vocabulary, options } => {
                Tokenizer::from_packed(&vocabulary, &options)?
            }
        };
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
        let packed = export::read_metadata(header)?;
        let mut targets = Targets::new(header, &packed.config)?;
        for wanted in layout::tensors(&packed.config) {
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
        let tokenizer =
            TokenizerSource::Packed { vocabulary: Vec::new(), options: packed.tokenizer };
        let model = Model::zeroed(packed.config, precision)?;
        Ok(Building::new(model, packed.settings, tokenizer, targets))
    }

    fn checkpoint(header: &Header, precision: Precision, files: &Files) -> Result<Self, Error> {
        let text = files
            .get(config::FILE)
            .ok_or_else(|| Error::MissingFile { file: config::FILE.to_owned() })?;
        let config = Config::parse(text)?;
        // Whatever can fail early does, before the download goes on.
        let settings = Settings::from_files(files, &config)?;
        let tokenizer = TokenizerSource::Ready(Box::new(tokenizer_from_files(files)?));
        let prefix = layout::prefix(header)?;
        let mut targets = Targets::new(header, &config)?;
        for wanted in layout::tensors(&config) {
            let name = checkpoint_name(header, prefix, &wanted.name);
            targets.add(&name, &wanted.shape, FLOATS, Target::Tensor(wanted.place))?;
        }
        let model = Model::zeroed(config, precision)?;
        Ok(Building::new(model, settings, tokenizer, targets))
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
            return Err(Error::field(config::FILE, "num_hidden_layers", reason));
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
            return Err(Error::WrongShape {
                name: name.to_owned(),
                expected: shape.to_vec(),
                found: entry.shape.clone(),
            });
        }
        self.targets[index] = Some(target);
        Ok(())
    }

    fn add_of_any_length(&mut self, name: &str, dtype: Dtype, target: Target) -> Result<(), Error> {
        let (index, _) = self.find(name, &[dtype])?;
        self.targets[index] = Some(target);
        Ok(())
    }

    fn find(&self, name: &str, dtypes: &[Dtype]) -> Result<(usize, &'h TensorEntry), Error> {
        let index = self.header.index(name);
        let index = index.ok_or_else(|| Error::MissingTensor { name: name.to_owned() })?;
        let entry = &self.header.tensors[index];
        if !dtypes.contains(&entry.dtype) {
            return Err(Error::WrongDtype {
                name: name.to_owned(),
                expected: dtype::names(dtypes),
                found: entry.dtype.name().to_owned(),
            });
        }
        Ok((index, entry))
    }
}

/// The tensor's name in a checkpoint: with its prefix, and with the names that layer norms had in
/// the first BERT checkpoints where the file has those.
fn checkpoint_name(header: &Header, prefix: &str, name: &str) -> String {
    let current = format!("{prefix}{name}");
    if header.index(&current).is_none() {
        for (new, old) in
            [("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta")]
        {
            if let Some(stem) = current.strip_suffix(new) {
                let early = format!("{stem}{old}");
                if header.index(&early).is_some() {
                    return early;
                }
            }
        }
    }
    current
}

fn tokenizer_from_files(files: &Files) -> Result<Tokenizer, Error> {
    if let Some(text) = files.get("tokenizer.json") {
        return Tokenizer::from_json(text);
    }
    let vocabulary = files
        .get("vocab.txt")
        .ok_or_else(|| Error::MissingFile { file: "tokenizer.json".to_owned() })?;
    Tokenizer::from_vocab_txt(vocabulary, files.get("tokenizer_config.json").map(String::as_str))
}
