//! The packed file: an ordinary safetensors file with int8 tensors, their float32 scales, the
//! vocabulary as a U8 tensor, and everything else that the model needs in `__metadata__`.
//!
//! Tensors are row-major under the names that checkpoints have for them; the scales of `x` are
//! `x.scale`, [rows, groups]: groups of 128 inputs for weights, of 32 elements for positions, and
//! the whole row for words. Token types stay float32, as vectors do. Float32 comes first, so that every tensor is aligned. `chunks` lists the SHA-256 of each [`CHUNK`] bytes of
//! the data, so that whoever trusts the header can check the rest while it arrives.

use super::dtype::Dtype;
use super::header::{Header, PREFIX};
use crate::engine::{has_prompt, Engine, Settings};
use crate::entries::Entries;
use crate::fields::{self, Fields};
use crate::json::JsonText;
use crate::model::config::Config;
use crate::model::layout::{self, Place};
use crate::model::pipeline::Pipeline;
use crate::model::pooling::Pooling;
use crate::model::precision::Precision;
use crate::model::Model;
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
    pub pipeline: Pipeline,
    pub settings: Settings,
    /// The tokenizer's options.
    pub tokenizer: String,
}

pub fn read_metadata(header: &Header) -> Result<Packed, Error> {
    let get = |key: &str| {
        let value = header.metadata.get(key);
        value.ok_or_else(|| Error::field(FILE, &format!("__metadata__.{key}"), "is missing"))
    };
    let version = get("version")?;
    if version != VERSION {
        return Err(Error::unsupported(FILE, "__metadata__.version", &format!("`{version}`")));
    }
    let config = Config::parse(get("config")?)?;
    // What the usual model does not have is not said of it.
    let mut sources = Entries::default();
    for (name, text) in header.metadata.iter().filter(|(name, _)| Pipeline::reads(name)) {
        sources.push(name.to_owned(), text.clone());
    }
    let name = get("pooling")?;
    let pipeline = match Pooling::from_name(name) {
        Some(pooling) if sources.is_empty() => Pipeline::of(vec![pooling]),
        None if sources.is_empty() => {
            return Err(Error::unsupported(FILE, "__metadata__.pooling", name));
        }
        _ => Pipeline::from_files(&sources, &config)?,
    };
    let max_length = get("max_length")?;
    let max_length = max_length.parse().map_err(|_| {
        Error::field(FILE, "__metadata__.max_length", &format!("is `{max_length}`, not a number"))
    })?;
    let prompts = fields::parse(&format!("{{\"prompts\":{}}}", get("prompts")?), FILE)?;
    let prompts = Fields::root(&prompts, FILE)?.strings("prompts")?;
    let default_prompt = header.metadata.get("default_prompt").cloned();
    if default_prompt.as_ref().is_some_and(|name| !has_prompt(&prompts, name)) {
        return Err(Error::field(FILE, "__metadata__.default_prompt", "is none of the prompts"));
    }
    Ok(Packed {
        config,
        pipeline,
        settings: Settings { max_length, prompts, default_prompt, sources },
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
    metadata: Entries<String>,
    entry: usize,
    row: usize,
    /// Bytes that wait for their chunk to be full.
    pending: Vec<u8>,
}

impl Exporter {
    pub fn new(engine: &Engine) -> Result<Self, Error> {
        if engine.model.precision != Precision::Int8 {
            return Err(Error::state("only an int8 model can be written as a packed file"));
        }
        let (vocabulary, tokenizer) = engine.tokenizer.to_packed()?;
        let (Model { config, pipeline, .. }, settings) = (&engine.model, &engine.settings);
        let mut prompts = JsonText::default();
        prompts.strings(&settings.prompts);
        let mut metadata = Entries::default();
        for (name, value) in [
            ("format", FORMAT.to_owned()),
            ("version", VERSION.to_owned()),
            ("config", config.to_json()),
            ("tokenizer", tokenizer),
            ("pooling", pipeline.pooling_names()),
            ("prompts", prompts.take()),
            ("max_length", settings.max_length.to_string()),
            ("chunk_bytes", CHUNK.to_string()),
        ] {
            metadata.push(name.to_owned(), value);
        }
        if let Some(name) = &settings.default_prompt {
            metadata.push("default_prompt".to_owned(), name.clone());
        }
        for (name, text) in settings.sources.iter() {
            metadata.push(name.to_owned(), text.clone());
        }
        Ok(Exporter {
            entries: entries(config, pipeline, vocabulary),
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
            let count = length.div_ceil(CHUNK);
            return Err(Error::state(&format!(
                "the header needs {count} hashes of {HEX_SHA256} hexadecimal digits"
            )));
        }
        let mut chunks = JsonText::default();
        chunks.open('[');
        hashes.iter().for_each(|hash| chunks.string(hash));
        chunks.close(']');
        let mut table = JsonText::default();
        table.open('{').key("__metadata__").open('{');
        for (key, value) in self.metadata.iter() {
            table.text_entry(key, value);
        }
        table.text_entry("chunks", &chunks.take());
        table.close('}');
        let mut offset = 0;
        for entry in &self.entries {
            let end = offset + entry.bytes();
            table.key(&entry.name).open('{').text_entry("dtype", entry.dtype.name());
            for (key, numbers) in
                [("shape", entry.shape.as_slice()), ("data_offsets", &[offset, end])]
            {
                table.key(key).open('[');
                numbers.iter().for_each(|&number| table.number(number));
                table.close(']');
            }
            table.close('}');
            offset = end;
        }
        table.close('}');
        let mut text = table.take().into_bytes();
        text.resize((PREFIX + text.len()).next_multiple_of(HEADER_ALIGNMENT) - PREFIX, b' ');
        let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
        bytes.extend(text);
        Ok(bytes)
    }
}

/// Every tensor of the packed file, in the order of their bytes.
fn entries(config: &Config, pipeline: &Pipeline, vocabulary: Vec<u8>) -> Vec<Entry> {
    let (mut floats, mut int8) = (Vec::new(), Vec::new());
    for wanted in layout::tensors(config, pipeline) {
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
            values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
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
