//! Everything that JavaScript can see. The TypeScript wrapper is its only caller: it checks what
//! users pass and turns what is thrown here into `EdgeBertError`.

use crate::engine::Engine as Core;
use crate::load::Loader as Reader;
use crate::model::precision::Precision;
use crate::packed::writer::Exporter as Writer;
use crate::tokenizer::Offsets;
use crate::Error;
use js_sys::{Array, Float32Array, Object, Reflect, Uint32Array, Uint8Array};
use std::cell::RefCell;
use std::rc::Rc;
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
    #[wasm_bindgen(js_namespace = console)]
    fn error(message: &str);
}

/// A panic leaves its message on the console, since all that JavaScript sees of it is a trap.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| error(&panic.to_string())));
}

fn string(value: JsValue) -> Result<String, Error> {
    value.as_string().ok_or_else(|| Error::state("a text is not a string"))
}

/// Bytes of WebAssembly memory in use by this instance.
#[wasm_bindgen(js_name = memoryBytes)]
pub fn memory_bytes() -> f64 {
    const PAGE: f64 = 65536.0;
    core::arch::wasm32::memory_size(0) as f64 * PAGE
}

/// Reads one model while its safetensors file streams in.
#[wasm_bindgen]
pub struct Loader(Reader);

#[wasm_bindgen]
impl Loader {
    #[wasm_bindgen(constructor)]
    pub fn new(precision: &str) -> Result<Loader, Error> {
        match precision {
            "int8" => Ok(Loader(Reader::new(Precision::Int8))),
            "f32" => Ok(Loader(Reader::new(Precision::F32))),
            other => Err(Error::unsupported("options", "precision", &format!("`{other}`"))),
        }
    }

    pub fn file(&mut self, name: String, text: String) -> Result<(), Error> {
        self.0.file(name, text)
    }

    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.0.push(chunk)
    }

    pub fn finish(self) -> Result<Engine, Error> {
        Ok(Engine(Rc::new(RefCell::new(self.0.finish()?))))
    }
}

/// A loaded model.
#[wasm_bindgen]
pub struct Engine(Rc<RefCell<Core>>);

#[wasm_bindgen]
impl Engine {
    /// A vector for each text, end to end. `prompt` goes in front of each text; a model that does
    /// not pool its prompts needs it apart from the text.
    pub fn encode(
        &self,
        texts: Array,
        normalize: bool,
        prompt: Option<String>,
    ) -> Result<Float32Array, Error> {
        let mut engine = self.0.borrow_mut();
        let prompt = prompt.unwrap_or_default();
        Ok(Float32Array::from(engine.encode(texts.iter().map(string), normalize, &prompt)?))
    }

    /// The scores of a cross-encoder: for each pair of a query and the document at the same place,
    /// one number for each label, with the function applied that the model's config names.
    pub fn score(&self, queries: Array, documents: Array) -> Result<Float32Array, Error> {
        if queries.length() != documents.length() {
            return Err(Error::state("there are not as many queries as documents"));
        }
        let pairs = queries.iter().zip(documents.iter());
        let pairs = pairs.map(|(query, document)| Ok((string(query)?, string(document)?)));
        Ok(Float32Array::from(self.0.borrow_mut().score(pairs)?))
    }

    pub fn tokenize(&self, text: &str) -> Uint32Array {
        Uint32Array::from(self.0.borrow_mut().tokenize(text))
    }

    #[wasm_bindgen(js_name = countTokens)]
    pub fn count_tokens(&self, text: &str) -> usize {
        self.0.borrow_mut().count_tokens(text)
    }

    /// `{ ids, tokens, offsets }`: an id and a string for each token, and its start and end in
    /// UTF-16 code units of the text.
    #[wasm_bindgen(js_name = tokenizeWithOffsets)]
    pub fn tokenize_with_offsets(&self, text: &str) -> Object {
        let mut engine = self.0.borrow_mut();
        let Offsets { ids, offsets } = engine.tokenize_with_offsets(text);
        let token = |id: &u32| JsValue::from(engine.tokenizer.token(*id).unwrap_or_default());
        let tokens: Array = ids.iter().map(token).collect();
        let object = Object::new();
        for (name, value) in [
            ("ids", Uint32Array::from(ids.as_slice()).into()),
            ("tokens", JsValue::from(tokens)),
            ("offsets", Uint32Array::from(offsets.as_slice()).into()),
        ] {
            // Setting a property of a fresh object can't fail.
            let _ = Reflect::set(&object, &name.into(), &value);
        }
        object
    }

    /// Start and end of each chunk, in UTF-16 code units of the text.
    pub fn chunk(
        &self,
        text: &str,
        max_tokens: usize,
        overlap: usize,
    ) -> Result<Uint32Array, Error> {
        let chunks = self.0.borrow_mut().chunk(text, max_tokens, overlap)?;
        let mut ends = Vec::new();
        for chunk in chunks {
            ends.extend_from_slice(&[chunk.start, chunk.end]);
        }
        Ok(Uint32Array::from(ends.as_slice()))
    }

    #[wasm_bindgen(getter)]
    pub fn dimension(&self) -> usize {
        self.0.borrow().dimension()
    }

    #[wasm_bindgen(getter, js_name = maxLength)]
    pub fn max_length(&self) -> usize {
        self.0.borrow().max_length()
    }

    #[wasm_bindgen(setter, js_name = maxLength)]
    pub fn set_max_length(&self, max_length: usize) -> Result<(), Error> {
        self.0.borrow_mut().set_max_length(max_length)
    }

    pub fn info(&self) -> String {
        self.0.borrow().info()
    }

    pub fn exporter(&self) -> Result<Exporter, Error> {
        let writer = Writer::new(&self.0.borrow())?;
        Ok(Exporter { writer, engine: self.0.clone() })
    }
}

/// Writes the packed file of a model: first its data, then its header.
#[wasm_bindgen]
pub struct Exporter {
    writer: Writer,
    engine: Rc<RefCell<Core>>,
}

#[wasm_bindgen]
impl Exporter {
    #[wasm_bindgen(js_name = next)]
    pub fn next_chunk(&mut self) -> Option<Uint8Array> {
        let chunk = self.writer.next_chunk(&mut self.engine.borrow_mut());
        chunk.map(|bytes| Uint8Array::from(bytes.as_slice()))
    }

    pub fn header(&self, hashes: Array) -> Result<Uint8Array, Error> {
        let hashes: Vec<String> =
            hashes.iter().map(|hash| hash.as_string().unwrap_or_default()).collect();
        let bytes = self.writer.header(&hashes)?;
        Ok(Uint8Array::from(bytes.as_slice()))
    }
}
