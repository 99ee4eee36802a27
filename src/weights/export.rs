//! The packed file: an ordinary safetensors file with int8 tensors, their float32 scales, the
//! vocabulary as a U8 tensor, and everything else that the model needs in `__metadata__`.
//!
//! Tensors are row-major under the names that checkpoints have for them; the scales of `x` are
//! `x.scale`, [rows, groups]: groups of 128 inputs for weights, of 32 elements for positions, and
//! the whole row for words. Token types stay float32, as vectors do. Float32 comes first, so that every tensor is aligned. `chunks` lists the SHA-256 of each [`CHUNK`] bytes of
//! the data, so that whoever trusts the header can check the rest while it arrives.

use super::dtype::Dtype;
use super::header::{Header, PREFIX};
use crate::engine::{Engine, Settings};
use crate::json::{Json, Object};
use crate::model::config::Config;
use crate::model::json::Fields;
use crate::model::layout::{self, Place};
use crate::model::linear::Precision;
use crate::model::pooling::Pooling;
use crate::Error;

/// Bytes of data under one hash.
pub const CHUNK: usize = 1 << 20;
pub const PACKED_VOCABULARY: &str = "tokenizer.vocabulary";
pub const SCALE_SUFFIX: &str = ".scale";
const FORMAT: &str = "edgebert";
const VERSION: &str = "1";
/// The packed file's own name, for errors.
const FILE: &str = "the packed file";
/// Safetensors headers are padded to this with spaces, so that the data starts aligned.
const HEADER_ALIGNMENT: usize = 8;
const HEX_SHA256: usize = 64;

/// Whether a file is one that this module wrote.
pub fn is_packed(header: &Header) -> bool {
    header.metadata.get("format").is_some_and(|format| format == FORMAT)
}

/// What a packed file's `__metadata__` says.
pub struct Packed {
    pub config: Config,
    pub settings: Settings,
    /// The tokenizer's options.
    pub tokenizer: String,
}

pub fn read_metadata(header: &Header) -> Result<Packed, Error> {
    let get = |key: &str| {
        let value = header.metadata.get(key);
        value.ok_or_else(|| Error::field(FILE, format!("__metadata__.{key}"), "is missing"))
    };
    let version = get("version")?;
    if version != VERSION {
        return Err(Error::unsupported(FILE, "__metadata__.version", format!("`{version}`")));
    }
    let config = Config::parse(get("config")?)?;
    let pooling = get("pooling")?;
    let pooling = Pooling::from_name(pooling)
        .ok_or_else(|| Error::unsupported(FILE, "__metadata__.pooling", format!("`{pooling}`")))?;
    let max_length = get("max_length")?;
    let max_length = max_length.parse().map_err(|_| {
        Error::field(FILE, "__metadata__.max_length", format!("is `{max_length}`, not a number"))
    })?;
    let prompts = format!("{{\"prompts\":{}}}", get("prompts")?);
    let prompts = Fields::parse(FILE, &prompts)?.strings("prompts")?;
    Ok(Packed {
        config,
        settings: Settings { pooling, max_length, prompts },
        tokenizer: get("tokenizer")?.clone(),
    })
}

/// One tensor of the file that is being written.
struct Entry {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    content: Content,
}

enum Content {
    Floats(Place),
    Scales(Place),
    Int8(Place),
    Vocabulary(Vec<u8>),
}

/// Writes a model's packed file, piece by piece.
pub struct Exporter {
    entries: Vec<Entry>,
    metadata: [(&'static str, String); 8],
    entry: usize,
    row: usize,
    /// Bytes that wait for their chunk to be full.
    pending: Vec<u8>,
}

impl Exporter {
    pub fn new(engine: &Engine) -> Result<Self, Error> {
        if engine.model.precision != Precision::Int8 {
            return Err(Error::State {
                reason: "only an int8 model can be written as a packed file".to_owned(),
            });
        }
        let (vocabulary, tokenizer) = engine.tokenizer.to_packed()?;
        let (config, settings) = (&engine.model.config, &engine.settings);
        let metadata = [
            ("format", FORMAT.to_owned()),
            ("version", VERSION.to_owned()),
            ("config", config.to_json()),
            ("tokenizer", tokenizer),
            ("pooling", settings.pooling.name().to_owned()),
            ("prompts", Json::from(&settings.prompts).to_string()),
            ("max_length", settings.max_length.to_string()),
            ("chunk_bytes", CHUNK.to_string()),
        ];
        Ok(Exporter {
            entries: entries(config, vocabulary),
            metadata,
            entry: 0,
            row: 0,
            pending: Vec::new(),
        })
    }

    /// The next [`CHUNK`] bytes of the data, fewer at its end, then nothing. `engine` must be the
    /// one that the exporter was made for.
    pub fn next_chunk(&mut self, engine: &mut Engine) -> Option<Vec<u8>> {
        while self.pending.len() < CHUNK {
            let Some(entry) = self.entries.get(self.entry) else { break };
            entry.write_row(self.row, engine, &mut self.pending);
            self.row += 1;
            if self.row == entry.rows() {
                self.entry += 1;
                self.row = 0;
            }
        }
        let rest = self.pending.split_off(self.pending.len().min(CHUNK));
        let chunk = std::mem::replace(&mut self.pending, rest);
        (!chunk.is_empty()).then_some(chunk)
    }

    /// What stands in front of the data, given the hashes of its chunks in lower-case hex.
    pub fn header(&self, hashes: &[String]) -> Result<Vec<u8>, Error> {
        let length: usize = self.entries.iter().map(Entry::bytes).sum();
        let is_hash = |hash: &String| {
            hash.len() == HEX_SHA256 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        if hashes.len() != length.div_ceil(CHUNK) || !hashes.iter().all(is_hash) {
            return Err(Error::State {
                reason: format!(
                    "the header needs {} hashes of {HEX_SHA256} hexadecimal digits",
                    length.div_ceil(CHUNK)
                ),
            });
        }
        let mut metadata = Object::default();
        for (key, value) in &self.metadata {
            metadata.push((*key).to_owned(), value.as_str().into());
        }
        let chunks: Vec<Json> = hashes.iter().map(|hash| hash.as_str().into()).collect();
        metadata.push("chunks".to_owned(), Json::from(chunks).to_string().into());
        let mut table = Object::default();
        table.push("__metadata__".to_owned(), Json::Object(metadata));
        let mut offset = 0;
        for entry in &self.entries {
            let end = offset + entry.bytes();
            let numbers = |numbers: &[usize]| -> Json {
                numbers.iter().map(|&number| number.into()).collect::<Vec<Json>>().into()
            };
            let info = Json::object(vec![
                ("dtype", entry.dtype.name().into()),
                ("shape", numbers(&entry.shape)),
                ("data_offsets", numbers(&[offset, end])),
            ]);
            table.push(entry.name.clone(), info);
            offset = end;
        }
        let mut text = Json::Object(table).to_string().into_bytes();
        text.resize((PREFIX + text.len()).next_multiple_of(HEADER_ALIGNMENT) - PREFIX, b' ');
        let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
        bytes.extend(text);
        Ok(bytes)
    }
}

/// Every tensor of the packed file, in the order of their bytes.
fn entries(config: &Config, vocabulary: Vec<u8>) -> Vec<Entry> {
    let (mut floats, mut int8) = (Vec::new(), Vec::new());
    for wanted in layout::tensors(config) {
        if let Some(shape) = layout::scale_shape(&wanted) {
            floats.push(Entry {
                name: format!("{}{SCALE_SUFFIX}", wanted.name),
                dtype: Dtype::F32,
                shape: shape.to_vec(),
                content: Content::Scales(wanted.place),
            });
            int8.push(Entry {
                name: wanted.name,
                dtype: Dtype::I8,
                shape: wanted.shape,
                content: Content::Int8(wanted.place),
            });
        } else {
            floats.push(Entry {
                name: wanted.name,
                dtype: Dtype::F32,
                shape: wanted.shape,
                content: Content::Floats(wanted.place),
            });
        }
    }
    int8.push(Entry {
        name: PACKED_VOCABULARY.to_owned(),
        dtype: Dtype::U8,
        shape: vec![vocabulary.len()],
        content: Content::Vocabulary(vocabulary),
    });
    floats.append(&mut int8);
    floats
}

impl Entry {
    fn rows(&self) -> usize {
        if self.shape.len() > 1 {
            self.shape[0]
        } else {
            1
        }
    }

    fn width(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    fn bytes(&self) -> usize {
        self.rows() * self.width() * self.dtype.size().unwrap_or(1)
    }

    fn write_row(&self, row: usize, engine: &mut Engine, out: &mut Vec<u8>) {
        let mut write_floats = |values: &[f32]| {
            out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        };
        match &self.content {
            Content::Floats(place) => {
                write_floats(&engine.model.floats(*place, row, self.width()));
            }
            Content::Scales(place) => {
                let mut scales = vec![0.0; self.width()];
                engine.model.scales(*place, row, &mut scales);
                write_floats(&scales);
            }
            Content::Int8(place) => {
                let mut values = vec![0; self.width()];
                engine.model.int8(*place, row, &mut values);
                out.extend(values.iter().map(|&value| value as u8));
            }
            Content::Vocabulary(bytes) => out.extend_from_slice(bytes),
        }
    }
}
