//! Packed files taken apart and put together.

use edgebert::Error;
use edgebert::engine::Engine;
use edgebert::load::Loader;
use edgebert::model::arithmetic::Precision;
use edgebert::packed::CHUNK;
use edgebert::packed::writer::Exporter;
use serde_json::{Map, Value, json};

pub const TEXTS: [&str; 3] = ["cat", "the cat sat on the mat", ""];

/// A small checkpoint, loaded.
pub fn original(precision: Precision) -> Engine {
    let mut loader = Loader::new(precision);
    for (name, text) in [
        ("config.json", include_str!("../../fixtures/tiny-bert-f32/config.json")),
        ("tokenizer.json", include_str!("../../fixtures/tiny-bert-f32/tokenizer.json")),
    ] {
        loader.file(name.to_owned(), text.to_owned()).unwrap();
    }
    loader.push(include_bytes!("../../fixtures/tiny-bert-f32/model.safetensors")).unwrap();
    loader.finish().unwrap()
}

/// Its packed file.
pub fn packed() -> Vec<u8> {
    export(&mut original(Precision::Int8))
}

pub fn export(engine: &mut Engine) -> Vec<u8> {
    let mut exporter = Exporter::new(engine).unwrap();
    let mut data = Vec::new();
    while let Some(chunk) = exporter.next_chunk(engine) {
        data.extend(chunk);
    }
    let hashes = vec!["0".repeat(64); data.len().div_ceil(CHUNK)];
    [exporter.header(&hashes).unwrap(), data].concat()
}

pub fn load(file: &[u8], piece: usize) -> Result<Engine, Error> {
    let mut loader = Loader::new(Precision::Int8);
    for bytes in file.chunks(piece) {
        loader.push(bytes)?;
    }
    loader.finish()
}

pub fn vectors(engine: &mut Engine) -> Vec<f32> {
    let texts = TEXTS.iter().map(|text| Ok((*text).to_owned()));
    let mut vectors = Vec::new();
    engine.encode(texts, true, "", |group| vectors.extend_from_slice(group)).unwrap();
    vectors
}

/// A safetensors file taken apart: each tensor's name, type, shape and bytes, in their order.
pub struct File {
    pub metadata: Value,
    pub tensors: Vec<(String, String, Vec<usize>, Vec<u8>)>,
}

impl File {
    pub fn read(file: &[u8]) -> Self {
        let start = header_length(file);
        let header: Map<String, Value> = serde_json::from_slice(&file[8..start]).unwrap();
        let mut tensors = Vec::new();
        let numbers = |value: &Value| -> Vec<usize> {
            value.as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect()
        };
        for (name, entry) in header.iter().filter(|(name, _)| *name != "__metadata__") {
            let range = numbers(&entry["data_offsets"]);
            let bytes = file[start + range[0]..start + range[1]].to_vec();
            let dtype = entry["dtype"].as_str().unwrap().to_owned();
            tensors.push((range[0], (name.clone(), dtype, numbers(&entry["shape"]), bytes)));
        }
        tensors.sort_by_key(|(start, _)| *start);
        let tensors = tensors.into_iter().map(|(_, tensor)| tensor).collect();
        File { metadata: header["__metadata__"].clone(), tensors }
    }

    pub fn write(&self) -> Vec<u8> {
        let mut header = Map::new();
        header.insert("__metadata__".to_owned(), self.metadata.clone());
        let mut data = Vec::new();
        for (name, dtype, shape, bytes) in &self.tensors {
            let start = data.len();
            data.extend(bytes);
            let entry =
                json!({"dtype": dtype, "shape": shape, "data_offsets": [start, data.len()]});
            header.insert(name.clone(), entry);
        }
        let header = serde_json::to_string(&header).unwrap();
        [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data.as_slice()].concat()
    }

    pub fn tensor(&mut self, name: &str) -> &mut (String, String, Vec<usize>, Vec<u8>) {
        self.tensors.iter_mut().find(|(found, ..)| found == name).unwrap()
    }
}

pub fn header_length(file: &[u8]) -> usize {
    8 + u64::from_le_bytes(*file.first_chunk().unwrap()) as usize
}

pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % end
    }
}
