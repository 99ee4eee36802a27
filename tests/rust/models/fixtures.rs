//! The models of tests/fixtures/models: every kind that is supported, each with what `transformers` or
//! sentence-transformers answers.

use edgebert::Error;
use edgebert::engine::Engine;
use edgebert::load::Loader;
use edgebert::model::arithmetic::Precision;
use include_dir::{Dir, DirEntry, include_dir};
use js_sys::{Array, Reflect, Uint8Array};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableStreamDefaultReader};

static MODELS: Dir = include_dir!("$CARGO_MANIFEST_DIR/tests/fixtures/models");

/// A model's files by their path in its folder.
pub struct Fixture {
    pub name: String,
    files: Vec<(String, Cow<'static, [u8]>)>,
}

impl Fixture {
    /// Every model, by name.
    pub fn all() -> Vec<Fixture> {
        MODELS.dirs().map(Fixture::from_dir).collect()
    }

    pub fn named(name: &str) -> Fixture {
        Fixture::from_dir(MODELS.get_dir(name).expect("no such fixture"))
    }

    fn from_dir(dir: &'static Dir) -> Fixture {
        let mut files = Vec::new();
        collect(dir, dir, &mut files);
        Fixture { name: dir.path().display().to_string(), files }
    }

    /// The same model with a file more, or another in its place.
    pub fn with(mut self, name: &str, contents: impl Into<Vec<u8>>) -> Fixture {
        self.files.retain(|(path, _)| path != name);
        self.files.push((name.to_owned(), Cow::Owned(contents.into())));
        self
    }

    pub fn expected(&self) -> Value {
        serde_json::from_str(self.text("expected.json").unwrap()).unwrap()
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        let (_, bytes) = self.files.iter().find(|(path, _)| path == name)?;
        Some(std::str::from_utf8(bytes).unwrap())
    }

    /// The folder that the encoder's files are in: the root, as a rule.
    fn encoder_folder(&self) -> String {
        let modules = self.text("modules.json").map(|text| serde_json::from_str(text).unwrap());
        let path =
            modules.and_then(|modules: Value| modules[0]["path"].as_str().map(str::to_owned));
        path.filter(|path| !path.is_empty()).map_or(String::new(), |path| path + "/")
    }

    /// The side files, as the loader wants them: those of the encoder without their folder.
    pub fn side_files(&self) -> Vec<(String, String)> {
        let folder = self.encoder_folder();
        let text = |(path, bytes): &(String, Cow<[u8]>)| {
            let name = path.strip_prefix(&folder).unwrap_or(path);
            // Before sentence-transformers 0.4, each architecture had a name of its own for this file.
            let name = if name.starts_with("sentence_") && name.ends_with("bert_config.json") {
                "sentence_bert_config.json"
            } else {
                name
            };
            (name.to_owned(), String::from_utf8(bytes.to_vec()).unwrap())
        };
        self.files.iter().filter(|(path, _)| !path.ends_with(".safetensors")).map(text).collect()
    }

    /// The weights of the encoder, in one file or in shards, and of the modules behind it, as one file.
    pub fn weights(&self) -> Vec<u8> {
        let folder = self.encoder_folder();
        let (mut table, mut data) = (Map::new(), Vec::new());
        for (path, bytes) in self.files.iter().filter(|(path, _)| path.ends_with(".safetensors")) {
            let inner = path.strip_prefix(&folder).unwrap_or(path);
            let prefix =
                inner.rsplit_once('/').map_or(String::new(), |(module, _)| format!("{module}/"));
            let (length, rest) = bytes.split_first_chunk::<8>().unwrap();
            let (header, tensors) = rest.split_at(u64::from_le_bytes(*length) as usize);
            let header: Map<String, Value> = serde_json::from_slice(header).unwrap();
            for (name, mut tensor) in header {
                if name == "__metadata__" {
                    continue;
                }
                for offset in tensor["data_offsets"].as_array_mut().unwrap() {
                    *offset = json!(offset.as_u64().unwrap() + data.len() as u64);
                }
                table.insert(format!("{prefix}{name}"), tensor);
            }
            data.extend_from_slice(tensors);
        }
        let header = serde_json::to_vec(&table).unwrap();
        [&(header.len() as u64).to_le_bytes()[..], &header, &data].concat()
    }

    /// A loader that has the side files.
    pub fn loader(&self, precision: Precision) -> Loader {
        let mut loader = Loader::new(precision);
        for (name, text) in self.side_files() {
            loader.file(name, text).unwrap();
        }
        loader
    }

    /// Loads the model from one piece.
    pub fn load(&self, precision: Precision) -> Result<Engine, Error> {
        let mut loader = self.loader(precision);
        loader.read_files()?;
        loader.push(&self.weights())?;
        loader.finish()
    }

    /// Loads the model from a stream of the browser's, in whatever pieces that gives.
    pub async fn stream(&self, precision: Precision) -> Result<Engine, Error> {
        let mut loader = self.loader(precision);
        let bytes = Uint8Array::from(self.weights().as_slice());
        let blob = Blob::new_with_u8_array_sequence(&Array::of1(&bytes)).unwrap();
        let reader: ReadableStreamDefaultReader = blob.stream().get_reader().unchecked_into();
        loop {
            let result = JsFuture::from(reader.read()).await.unwrap();
            let piece = Reflect::get(&result, &"value".into()).unwrap();
            if piece.is_undefined() {
                return loader.finish();
            }
            loader.push(&piece.unchecked_into::<Uint8Array>().to_vec())?;
        }
    }
}

fn collect(root: &Dir<'static>, dir: &'static Dir, files: &mut Vec<(String, Cow<'static, [u8]>)>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => collect(root, dir, files),
            DirEntry::File(file) => {
                let path = file.path().strip_prefix(root.path()).unwrap();
                files.push((path.display().to_string(), Cow::Borrowed(file.contents())));
            }
        }
    }
}
