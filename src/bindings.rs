//! Everything that JavaScript can see. The TypeScript wrapper is its only caller: it checks what
//! users pass, copies arrays of theirs, and turns what is thrown here into `EdgeBertError`.

use crate::files::hashing;
use crate::model::arithmetic::Precision;
use crate::model::batch::Batch;
use crate::tokenizer::{Chunk, Offsets};
use crate::{Error, ErrorKind, engine, load, packed};
use js_sys::{Array, Float32Array, Reflect, Uint8Array, Uint32Array};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

/// An `Error` object with the code beside its message.
impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        let object = js_sys::Error::new(&error.to_string());
        // Setting a property of a fresh object can't fail.
        let _ = Reflect::set(&object, &"code".into(), &error.code().into());
        object.into()
    }
}

#[wasm_bindgen]
extern "C" {
    /// `Float32Array` again, for its constructor, which throws if there is not enough memory.
    #[wasm_bindgen(extends = Float32Array)]
    type Numbers;

    #[wasm_bindgen(js_class = "Float32Array", constructor, catch)]
    fn new(length: f64) -> Result<Numbers, JsValue>;
}

/// Logs the message and the stack of a panic: JavaScript sees only a trap. Names hash as nobody can foresee.
#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
    hashing::seed(js_sys::Math::random().to_bits());
}

/// Bytes of WebAssembly memory in use by this instance.
#[wasm_bindgen(js_name = memoryBytes)]
pub fn memory_bytes() -> f64 {
    const PAGE: f64 = 65536.0;
    core::arch::wasm32::memory_size(0) as f64 * PAGE
}

/// A plain object, with objects for maps.
fn object(value: &impl Serialize) -> JsValue {
    let serializer = Serializer::new().serialize_maps_as_objects(true);
    // Only maps whose keys are not strings fail, and there are none.
    value.serialize(&serializer).unwrap_or_default()
}

fn string(value: JsValue) -> Result<String, Error> {
    value.as_string().ok_or_else(|| Error::state("a text is not a string"))
}

/// A result of one length, filled from its front while the engine works.
struct Filling {
    numbers: Numbers,
    filled: u32,
}

impl Filling {
    fn new(rows: u32, width: usize) -> Result<Self, Error> {
        let length = f64::from(rows) * width as f64;
        let too_large =
            |_| ErrorKind::TooLarge { what: "the result".to_owned(), bytes: 4 * length as u64 };
        Ok(Filling { numbers: Numbers::new(length).map_err(too_large)?, filled: 0 })
    }

    fn take(&mut self, group: &[f32]) {
        let end = self.filled + group.len() as u32;
        self.numbers.subarray(self.filled, end).copy_from(group);
        self.filled = end;
    }
}

/// Reads one model while its safetensors file streams in.
#[wasm_bindgen]
pub struct Loader(load::Loader);

#[wasm_bindgen]
impl Loader {
    /// A loader for weights that will be held as `int8` or `f32`.
    #[wasm_bindgen(constructor)]
    pub fn new(precision: &str) -> Result<Loader, Error> {
        match precision {
            "int8" => Ok(Loader(load::Loader::new(Precision::Int8))),
            "f32" => Ok(Loader(load::Loader::new(Precision::F32))),
            other => Err(Error::unsupported("options", "precision", &format!("`{other}`"))),
        }
    }

    /// Gives one of the small files beside the weights.
    pub fn file(&mut self, name: String, text: String) -> Result<(), Error> {
        self.0.file(name, text)
    }

    /// Reads the files that were given, which are all: see [`load::Loader::read_files`].
    #[wasm_bindgen(js_name = readFiles)]
    pub fn read_files(&mut self) -> Result<(), Error> {
        self.0.read_files()
    }

    /// What the model is, an object with the fields of [`load::Outline`]; undefined while that is not known.
    pub fn outline(&self) -> JsValue {
        self.0.outline().map_or(JsValue::UNDEFINED, |outline| object(&outline))
    }

    /// Sets the longest text, once the outline is known.
    #[wasm_bindgen(setter, js_name = maxLength)]
    pub fn set_max_length(&mut self, max_length: usize) -> Result<(), Error> {
        self.0.set_max_length(max_length)
    }

    /// Takes the next bytes of the weights; those that were stored with the xxHash32 they had then.
    pub fn push(&mut self, chunk: &[u8], checksum: Option<u32>) -> Result<(), Error> {
        match checksum {
            Some(checksum) => self.0.push_stored(chunk, checksum),
            None => self.0.push(chunk),
        }
    }

    /// The model, once all bytes were given.
    pub fn finish(self) -> Result<Engine, Error> {
        Ok(Engine(self.0.finish()?))
    }
}

/// A loaded model.
#[wasm_bindgen]
pub struct Engine(engine::Engine);

#[derive(Serialize)]
struct TokensWithOffsets<'a> {
    #[serde(with = "serde_wasm_bindgen::preserve")]
    ids: Uint32Array,
    tokens: Vec<&'a str>,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    offsets: Uint32Array,
}

/// A batch of texts as tokens, end to end.
#[derive(Serialize)]
struct Tokens {
    #[serde(with = "serde_wasm_bindgen::preserve")]
    ids: Uint32Array,
    /// The token type of each; empty where all are 0.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    types: Uint8Array,
    /// How many tokens each text has.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    lengths: Uint32Array,
    /// How many tokens of each text are a prompt that pooling passes over.
    skipped: usize,
}

impl From<&Batch> for Tokens {
    fn from(batch: &Batch) -> Self {
        let lengths: Vec<_> =
            (0..batch.ends.len()).map(|text| batch.text(text).len() as u32).collect();
        Tokens {
            ids: Uint32Array::from(batch.ids.as_slice()),
            types: Uint8Array::from(batch.types.as_slice()),
            lengths: Uint32Array::from(lengths.as_slice()),
            skipped: batch.skipped,
        }
    }
}

#[wasm_bindgen]
impl Engine {
    /// A vector for each text, end to end. `prompt` goes in front of each text; a model that does
    /// not pool its prompts needs it apart from the text.
    pub fn encode(
        &mut self,
        texts: &Array,
        normalize: bool,
        prompt: Option<String>,
    ) -> Result<Float32Array, Error> {
        let mut vectors = Filling::new(texts.length(), self.0.dimension())?;
        let prompt = prompt.unwrap_or_default();
        self.0.encode(texts.iter().map(string), normalize, &prompt, |group| vectors.take(group))?;
        Ok(vectors.numbers.into())
    }

    /// The scores of a cross-encoder: for each document one number for each label, with the function
    /// applied that the model's config names.
    pub fn score(&mut self, query: &str, documents: &Array) -> Result<Float32Array, Error> {
        let mut scores = Filling::new(documents.length(), self.0.dimension())?;
        self.0.score(query, documents.iter().map(string), |group| scores.take(group))?;
        Ok(scores.numbers.into())
    }

    /// The tokens that `encode` takes through the encoder: a [`Tokens`] object.
    #[wasm_bindgen(js_name = tokenizeBatch)]
    pub fn tokenize_batch(
        &mut self,
        texts: &Array,
        prompt: Option<String>,
    ) -> Result<JsValue, Error> {
        let batch = self.0.tokenize_batch(texts.iter().map(string), &prompt.unwrap_or_default())?;
        Ok(object(&Tokens::from(batch)))
    }

    /// The tokens that `score` takes through the encoder: a [`Tokens`] object.
    #[wasm_bindgen(js_name = tokenizePairs)]
    pub fn tokenize_pairs(&mut self, query: &str, documents: &Array) -> Result<JsValue, Error> {
        let batch = self.0.tokenize_pairs(query, documents.iter().map(string))?;
        Ok(object(&Tokens::from(batch)))
    }

    /// The hidden states of texts without a prompt, a row for each token.
    pub fn hidden(&mut self, texts: &Array) -> Result<Float32Array, Error> {
        Ok(Float32Array::from(self.0.hidden(texts.iter().map(string))?))
    }

    /// What `encode` or `score` gives for texts of `lengths` tokens whose hidden states, a row for each
    /// token, were computed elsewhere.
    pub fn finish(
        &mut self,
        rows: &[f32],
        lengths: &[u32],
        skipped: usize,
        normalize: bool,
    ) -> Result<Float32Array, Error> {
        Ok(Float32Array::from(self.0.finish(rows, lengths, skipped, normalize)?))
    }

    /// The ids of a text, special tokens included, however long it is.
    pub fn tokenize(&mut self, text: &str) -> Uint32Array {
        Uint32Array::from(self.0.tokenize(text))
    }

    /// How many ids `tokenize` gives.
    #[wasm_bindgen(js_name = countTokens)]
    pub fn count_tokens(&mut self, text: &str) -> usize {
        self.0.count_tokens(text)
    }

    /// `{ ids, tokens, offsets }`: an id and a string for each token, and its start and end in
    /// UTF-16 code units of the text.
    #[wasm_bindgen(js_name = tokenizeWithOffsets)]
    pub fn tokenize_with_offsets(&mut self, text: &str) -> JsValue {
        let Offsets { ids, offsets } = self.0.tokenize_with_offsets(text);
        let token = |id: &u32| self.0.tokenizer.token(*id).unwrap_or_default();
        object(&TokensWithOffsets {
            ids: Uint32Array::from(ids.as_slice()),
            tokens: ids.iter().map(token).collect(),
            offsets: Uint32Array::from(offsets.as_slice()),
        })
    }

    /// `{ start, end }` of each chunk, in UTF-16 code units of the text.
    pub fn chunk(
        &mut self,
        text: &str,
        max_tokens: usize,
        overlap: usize,
    ) -> Result<JsValue, Error> {
        let chunks: Vec<Chunk> = self.0.chunk(text, max_tokens, overlap)?;
        Ok(object(&chunks))
    }

    /// Elements of a vector; for a cross-encoder, its labels.
    #[wasm_bindgen(getter)]
    pub fn dimension(&self) -> usize {
        self.0.dimension()
    }

    /// The longest text in tokens, special ones included.
    #[wasm_bindgen(getter, js_name = maxLength)]
    pub fn max_length(&self) -> usize {
        self.0.max_length()
    }

    /// Sets the longest text.
    #[wasm_bindgen(setter, js_name = maxLength)]
    pub fn set_max_length(&mut self, max_length: usize) -> Result<(), Error> {
        self.0.set_max_length(max_length)
    }

    /// How many texts were longer than that and have been cut, over all calls.
    #[wasm_bindgen(getter)]
    pub fn truncated(&self) -> usize {
        self.0.truncated()
    }

    /// How many tokens the texts had over all calls, without what was cut.
    #[wasm_bindgen(getter)]
    pub fn tokens(&self) -> f64 {
        // A number of JavaScript, exact up to 2^53.
        self.0.tokens() as f64
    }

    /// What the model is: an object with the fields of [`engine::Info`].
    pub fn info(&self) -> JsValue {
        object(&self.0.info())
    }

    /// A writer of this model's packed file.
    pub fn exporter(&self) -> Result<Exporter, Error> {
        Ok(Exporter(packed::writer::Exporter::new(&self.0)?))
    }

    /// A writer of the same model with a vocabulary for texts whose token ids are `used`, among others.
    #[wasm_bindgen(js_name = exporterFor)]
    pub fn exporter_for(&self, used: &[u32]) -> Result<Exporter, Error> {
        Ok(Exporter(packed::writer::Exporter::for_tokens(&self.0, used)?))
    }
}

/// Writes the packed file of a model: first its data, then its header.
#[wasm_bindgen]
pub struct Exporter(packed::writer::Exporter);

#[wasm_bindgen]
impl Exporter {
    /// The next piece of the data, or nothing at its end. `engine` is the one that the exporter is of.
    #[wasm_bindgen(js_name = next)]
    pub fn next_chunk(&mut self, engine: &mut Engine) -> Option<Uint8Array> {
        let chunk = self.0.next_chunk(&mut engine.0);
        chunk.map(|bytes| Uint8Array::from(bytes.as_slice()))
    }

    /// The JSON of the header that has no hashes, for whoever reads the data at once.
    pub fn layout(&self) -> String {
        self.0.layout()
    }

    /// What goes in front of the data, given the SHA-256 of each piece in lower-case hexadecimal digits.
    pub fn header(&self, hashes: &Array) -> Result<Uint8Array, Error> {
        let hashes = hashes.iter().map(string).collect::<Result<Vec<_>, _>>()?;
        Ok(Uint8Array::from(self.0.header(&hashes)?.as_slice()))
    }
}
