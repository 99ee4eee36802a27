//! Reads one model while its safetensors file streams in: a packed int8 file, or a checkpoint in
//! F32, F16 or BF16, which is quantised row by row.

use super::dtype::{self, decode_floats, Dtype};
use super::export::{self, PACKED_VOCABULARY, SCALE_SUFFIX};
use super::header::{Header, TensorEntry};
use super::quantize::QuantizedRow;
use super::stream::{RowStream, Sink};
use crate::engine::{Engine, Settings};
use crate::model::config::{self, Config};
use crate::model::layout::{self, Place};
use crate::model::linear::Precision;
use crate::model::Model;
use crate::tokenizer::Tokenizer;
use crate::Error;
use std::collections::BTreeMap;

/// A model's small files, by their path in its folder.
pub type Files = BTreeMap<String, String>;

pub struct Loader {
    stream: RowStream,
    builder: Builder,
}

impl Loader {
    pub fn new(precision: Precision) -> Self {
        Loader {
            stream: RowStream::default(),
            builder: Builder { precision, files: Files::new(), building: None },
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
            TokenizerSource::Ready(tokenizer) => tokenizer,
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
    /// By the tensors' names in the file.
    targets: BTreeMap<String, Target>,
    /// The row that is being read, decoded.
    floats: Vec<f32>,
    int8: Vec<i8>,
    quantized: QuantizedRow,
}

enum TokenizerSource {
    Ready(Tokenizer),
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

    fn wants(&self, tensor: &TensorEntry) -> bool {
        let building = self.building.as_ref();
        building.is_some_and(|building| building.targets.contains_key(&tensor.name))
    }

    fn row(&mut self, tensor: &TensorEntry, index: usize, bytes: &[u8]) -> Result<(), Error> {
        match &mut self.building {
            Some(building) => building.row(tensor, index, bytes),
            None => Ok(()),
        }
    }
}

impl Building {
    fn new(model: Model, settings: Settings, tokenizer: TokenizerSource) -> Self {
        Building {
            model,
            settings,
            tokenizer,
            targets: BTreeMap::new(),
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
        let config = packed.config;
        let vocabulary = header
            .tensor(PACKED_VOCABULARY)
            .ok_or_else(|| Error::MissingTensor { name: PACKED_VOCABULARY.to_owned() })?;
        expect_dtype(vocabulary, |d| d == Dtype::U8, "U8")?;
        let mut targets = BTreeMap::from([(PACKED_VOCABULARY.to_owned(), Target::Vocabulary)]);
        for wanted in layout::tensors(&config) {
            let entry = find(header, &wanted.name, &wanted.shape)?;
            if let Some(shape) = layout::scale_shape(&wanted) {
                expect_dtype(entry, |d| d == Dtype::I8, "I8")?;
                let name = format!("{}{SCALE_SUFFIX}", wanted.name);
                expect_dtype(find(header, &name, &shape)?, |d| d == Dtype::F32, "F32")?;
                targets.insert(name, Target::Scales(wanted.place));
            } else {
                expect_dtype(entry, |d| d == Dtype::F32, "F32")?;
            }
            targets.insert(wanted.name, Target::Tensor(wanted.place));
        }
        let tokenizer =
            TokenizerSource::Packed { vocabulary: Vec::new(), options: packed.tokenizer };
        let model = Model::zeroed(config, precision)?;
        Ok(Building { targets, ..Building::new(model, packed.settings, tokenizer) })
    }

    fn checkpoint(header: &Header, precision: Precision, files: &Files) -> Result<Self, Error> {
        let text = files
            .get(config::FILE)
            .ok_or_else(|| Error::MissingFile { file: config::FILE.to_owned() })?;
        let config = Config::parse(text)?;
        // Whatever can fail early does, before the download goes on.
        let settings = Settings::from_files(files, &config)?;
        let tokenizer = tokenizer_from_files(files)?;
        let prefix = layout::prefix(header)?;
        let mut targets = BTreeMap::new();
        for wanted in layout::tensors(&config) {
            let entry =
                find(header, &checkpoint_name(header, prefix, &wanted.name), &wanted.shape)?;
            expect_dtype(entry, dtype::is_float, "F32, F16 or BF16")?;
            targets.insert(entry.name.clone(), Target::Tensor(wanted.place));
        }
        let model = Model::zeroed(config, precision)?;
        Ok(Building {
            targets,
            ..Building::new(model, settings, TokenizerSource::Ready(tokenizer))
        })
    }

    fn row(&mut self, tensor: &TensorEntry, index: usize, bytes: &[u8]) -> Result<(), Error> {
        let first = index * tensor.shape.last().unwrap_or(&1);
        match self.targets[&tensor.name] {
            Target::Vocabulary => {
                if let TokenizerSource::Packed { vocabulary, .. } = &mut self.tokenizer {
                    vocabulary.extend_from_slice(bytes);
                }
            }
            Target::Scales(place) => {
                decode_floats(tensor.dtype, bytes, &mut self.floats, &tensor.name, first)?;
                self.model.set_scales(place, index, &self.floats);
            }
            Target::Tensor(place) if tensor.dtype == Dtype::I8 => {
                self.int8.clear();
                self.int8.extend(bytes.iter().map(|&b| b as i8));
                self.model.set_int8(place, index, &self.int8);
            }
            Target::Tensor(place) => {
                decode_floats(tensor.dtype, bytes, &mut self.floats, &tensor.name, first)?;
                self.model.set_floats(place, index, &self.floats, &mut self.quantized);
            }
        }
        Ok(())
    }
}

/// The tensor's name in a checkpoint: with its prefix, and with the names that layer norms had in
/// the first BERT checkpoints where the file has those.
fn checkpoint_name(header: &Header, prefix: &str, name: &str) -> String {
    let current = format!("{prefix}{name}");
    if header.tensor(&current).is_none() {
        for (new, old) in
            [("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta")]
        {
            if let Some(stem) = current.strip_suffix(new) {
                let early = format!("{stem}{old}");
                if header.tensor(&early).is_some() {
                    return early;
                }
            }
        }
    }
    current
}

fn find<'h>(header: &'h Header, name: &str, shape: &[usize]) -> Result<&'h TensorEntry, Error> {
    let entry =
        header.tensor(name).ok_or_else(|| Error::MissingTensor { name: name.to_owned() })?;
    if entry.shape != shape {
        return Err(Error::WrongShape {
            name: name.to_owned(),
            expected: shape.to_vec(),
            found: entry.shape.clone(),
        });
    }
    Ok(entry)
}

fn expect_dtype(
    entry: &TensorEntry,
    accepts: impl Fn(Dtype) -> bool,
    expected: &'static str,
) -> Result<(), Error> {
    if accepts(entry.dtype) {
        return Ok(());
    }
    Err(Error::WrongDtype {
        name: entry.name.clone(),
        expected,
        found: format!("{:?}", entry.dtype),
    })
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
