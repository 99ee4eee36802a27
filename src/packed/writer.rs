//! Writes the packed file.

use super::metadata::{FORMAT, version};
use super::{CHUNK, PACKED_VOCABULARY, SCALE_SUFFIX, scale_dtype};
use crate::Error;
use crate::engine::Engine;
use crate::files::hashing::SeededState;
use crate::files::json::{Json, Object, Texts};
use crate::kernels::dot::Activations;
use crate::model::Model;
use crate::model::arithmetic::Precision;
use crate::model::config::Config;
use crate::model::pipeline::Pipeline;
use crate::model::tensors::{self, Parameter, TableName};
use crate::tokenizer::PackedFor;
use crate::weights::dtype::Dtype;
use crate::weights::header::PREFIX;
use std::collections::HashSet;

/// Safetensors headers are padded to this with spaces, so that the data starts aligned.
const HEADER_ALIGNMENT: usize = 8;
const HEX_SHA256: usize = 64;

/// One tensor of the file that is being written.
struct PackedTensor {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    content: Content,
}

enum Content {
    Floats(Parameter),
    Scales(Parameter),
    Int8(Parameter),
    Vocabulary(Vec<u8>),
}

/// Writes a model's packed file, piece by piece.
pub struct Exporter {
    tensors: Vec<PackedTensor>,
    metadata: Texts,
    /// The rows of the word table that the file has, in its order; all where there is nothing.
    words: Option<Vec<u32>>,
    tensor: usize,
    row: usize,
    /// Bytes that wait for their chunk to be full.
    pending: Vec<u8>,
}

impl Exporter {
    /// A writer for this engine's model, which must be held in int8.
    pub fn new(engine: &Engine) -> Result<Self, Error> {
        Exporter::of(engine, None)
    }

    /// A writer of the same model for texts whose tokens are `used`: its vocabulary lacks what they do not
    /// need, as [`crate::tokenizer::Tokenizer::to_packed_for`] says.
    pub fn for_tokens(engine: &Engine, used: &[u32]) -> Result<Self, Error> {
        Exporter::of(engine, Some(used))
    }

    fn of(engine: &Engine, used: Option<&[u32]>) -> Result<Self, Error> {
        if engine.model.precision != Precision::Int8 {
            return Err(Error::state("only an int8 model can be written as a packed file"));
        }
        let Model { config, pipeline, activations, .. } = &engine.model;
        let (activations, settings) = (*activations, &engine.settings);
        let mut config = config.clone();
        let (vocabulary, tokenizer, words) = match used {
            None => {
                let (vocabulary, tokenizer) = engine.tokenizer.to_packed()?;
                (vocabulary, tokenizer, None)
            }
            Some(used) => {
                if config.bag.is_some() {
                    let reason = "cannot be cut to the tokens of some texts: its table is small";
                    return Err(Error::unsupported("this model", "vocabulary", reason));
                }
                // The padding token's id stands for a position, too.
                let first = config.padding.map_or(0, |padding| padding.saturating_add(1));
                let PackedFor { vocabulary, options, ids } =
                    engine.tokenizer.to_packed_for(used, first)?;
                config.vocabulary = ids.len();
                (vocabulary, options, Some(ids))
            }
        };
        let mut metadata = Texts::default();
        for (name, value) in [
            ("format", FORMAT.to_owned()),
            ("version", version(activations).to_owned()),
            ("config", config.to_json().to_string()),
            ("tokenizer", tokenizer),
            ("pooling", pipeline.pooling_names()),
            ("prompts", Json::from(&settings.prompts).to_string()),
            ("max_length", settings.max_length.to_string()),
            ("chunk_bytes", CHUNK.to_string()),
        ] {
            metadata.insert(name.to_owned(), value);
        }
        if let Some(name) = &settings.default_prompt {
            metadata.insert("default_prompt".to_owned(), name.clone());
        }
        metadata.extend(settings.sources.clone());
        Ok(Exporter {
            tensors: tensors_in_order(&config, pipeline, activations, vocabulary),
            metadata,
            words,
            tensor: 0,
            row: 0,
            pending: Vec::new(),
        })
    }

    /// The next [`CHUNK`] bytes of the data, fewer at its end, then nothing. `engine` must be the
    /// one that the exporter was made for.
    pub fn next_chunk(&mut self, engine: &mut Engine) -> Option<Vec<u8>> {
        while self.pending.len() < CHUNK {
            let Some(tensor) = self.tensors.get(self.tensor) else { break };
            let row = match (&self.words, tensor.parameter()) {
                (Some(words), Some(Parameter::Embedding(TableName::Words))) => {
                    words[self.row] as usize
                }
                _ => self.row,
            };
            tensor.write_row(row, engine, &mut self.pending);
            self.row += 1;
            if self.row == tensor.rows() {
                self.tensor += 1;
                self.row = 0;
            }
        }
        let rest = self.pending.split_off(self.pending.len().min(CHUNK));
        let chunk = std::mem::replace(&mut self.pending, rest);
        (!chunk.is_empty()).then_some(chunk)
    }

    /// What stands in front of the data, given the hashes of its chunks in lower-case hex.
    pub fn header(&self, hashes: &[String]) -> Result<Vec<u8>, Error> {
        let length: usize = self.tensors.iter().map(PackedTensor::bytes).sum();
        let is_hash = |hash: &String| {
            hash.len() == HEX_SHA256 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        if hashes.len() != length.div_ceil(CHUNK) || !hashes.iter().all(is_hash) {
            let count = length.div_ceil(CHUNK);
            return Err(Error::state(&format!(
                "the header needs {count} hashes of {HEX_SHA256} hexadecimal digits"
            )));
        }
        let mut metadata = self.metadata.clone();
        metadata.insert("chunks".to_owned(), Json::array(hashes.iter().cloned()).to_string());
        let mut text = self.table(&metadata).to_string().into_bytes();
        text.resize((PREFIX + text.len()).next_multiple_of(HEADER_ALIGNMENT) - PREFIX, b' ');
        let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
        bytes.extend(text);
        Ok(bytes)
    }

    /// The header's JSON without any hash: what is where in the data, for whoever reads that at once.
    pub fn layout(&self) -> String {
        self.table(&self.metadata).to_string()
    }

    fn table(&self, metadata: &Texts) -> Json {
        let mut table = Object::default();
        table.insert("__metadata__".to_owned(), Json::from(metadata));
        let mut offset = 0;
        for tensor in &self.tensors {
            let end = offset + tensor.bytes();
            let description = Json::object(vec![
                ("dtype", tensor.dtype.name().into()),
                ("shape", Json::array(tensor.shape.iter().copied())),
                ("data_offsets", Json::array([offset, end])),
            ]);
            table.insert(tensor.name.clone(), description);
            offset = end;
        }
        Json::Object(table)
    }
}

/// Every tensor of the packed file, in the order of their bytes.
fn tensors_in_order(
    config: &Config,
    pipeline: &Pipeline,
    activations: Activations,
    vocabulary: Vec<u8>,
) -> Vec<PackedTensor> {
    let (mut floats, mut halves, mut int8) = (Vec::new(), Vec::new(), Vec::new());
    let mut names = HashSet::with_hasher(SeededState::default());
    for wanted in tensors::tensors(config, pipeline, activations) {
        // A module that is listed twice has its weights once.
        if !names.insert(wanted.name.clone()) {
            continue;
        }
        if let Some(shape) = tensors::scale_shape(&wanted, activations) {
            let dtype = scale_dtype(wanted.parameter, activations);
            let list = if dtype == Dtype::F32 { &mut floats } else { &mut halves };
            list.push(PackedTensor {
                name: format!("{}{SCALE_SUFFIX}", wanted.name),
                dtype,
                shape: shape.to_vec(),
                content: Content::Scales(wanted.parameter),
            });
            int8.push(PackedTensor {
                name: wanted.name,
                dtype: Dtype::I8,
                shape: wanted.shape,
                content: Content::Int8(wanted.parameter),
            });
        } else {
            floats.push(PackedTensor {
                name: wanted.name,
                dtype: Dtype::F32,
                shape: wanted.shape,
                content: Content::Floats(wanted.parameter),
            });
        }
    }
    int8.push(PackedTensor {
        name: PACKED_VOCABULARY.to_owned(),
        dtype: Dtype::U8,
        shape: vec![vocabulary.len()],
        content: Content::Vocabulary(vocabulary),
    });
    floats.append(&mut halves);
    floats.append(&mut int8);
    floats
}

impl PackedTensor {
    fn rows(&self) -> usize {
        if self.shape.len() > 1 { self.shape[0] } else { 1 }
    }

    fn width(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    fn bytes(&self) -> usize {
        self.rows() * self.width() * self.dtype.bits() / 8
    }

    /// The parameter that the tensor holds.
    fn parameter(&self) -> Option<Parameter> {
        match self.content {
            Content::Floats(parameter) | Content::Scales(parameter) | Content::Int8(parameter) => {
                Some(parameter)
            }
            Content::Vocabulary(_) => None,
        }
    }

    fn write_row(&self, row: usize, engine: &mut Engine, out: &mut Vec<u8>) {
        let mut write_floats = |values: &[f32]| {
            values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
        };
        match &self.content {
            Content::Floats(parameter) => {
                let mut values = vec![0.0; self.width()];
                engine.model.slot(*parameter).floats(row, &mut values);
                write_floats(&values);
            }
            Content::Scales(parameter) => {
                let mut scales = vec![0.0; self.width()];
                engine.model.slot(*parameter).scales(row, &mut scales);
                match self.dtype {
                    // They come from a file that has no more of their bits.
                    Dtype::BF16 => scales.iter().for_each(|scale| {
                        out.extend_from_slice(&scale.to_le_bytes()[2..]);
                    }),
                    _ => write_floats(&scales),
                }
            }
            Content::Int8(parameter) => {
                let mut values = vec![0; self.width()];
                engine.model.slot(*parameter).int8(row, &mut values);
                out.extend(values.iter().map(|&value| value as u8));
            }
            Content::Vocabulary(bytes) => out.extend_from_slice(bytes),
        }
    }
}
