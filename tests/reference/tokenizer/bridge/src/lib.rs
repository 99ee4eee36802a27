//! The tokenizer as JavaScript sees it when there is no model around it.

use edgebert::tokenizer::{Scratch, Tokenizer};
use edgebert::Error;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
pub struct Bridge {
    tokenizer: Tokenizer,
    scratch: Scratch,
}

#[wasm_bindgen]
impl Bridge {
    #[wasm_bindgen(js_name = fromJson)]
    pub fn from_json(text: &str) -> Result<Bridge, JsValue> {
        Tokenizer::from_json(text).map(bridge).map_err(thrown)
    }

    #[wasm_bindgen(js_name = fromVocabulary)]
    pub fn from_vocabulary(text: &str, config: Option<String>) -> Result<Bridge, JsValue> {
        Tokenizer::from_vocab_txt(text, config.as_deref()).map(bridge).map_err(thrown)
    }

    #[wasm_bindgen(js_name = fromPacked)]
    pub fn from_packed(vocabulary: &[u8], options: &str) -> Result<Bridge, JsValue> {
        Tokenizer::from_packed(vocabulary, options).map(bridge).map_err(thrown)
    }

    /// [vocabulary as Uint8Array, options]
    pub fn pack(&self) -> Result<Array, JsValue> {
        let (vocabulary, options) = self.tokenizer.to_packed().map_err(thrown)?;
        let vocabulary = Uint8Array::from(vocabulary.as_slice());
        Ok([JsValue::from(vocabulary), options.into()].into_iter().collect())
    }

    pub fn encode(&mut self, text: &str, most: Option<usize>) -> Vec<u32> {
        let mut ids = Vec::new();
        self.tokenizer.encode(text, most, &mut self.scratch, &mut ids);
        ids
    }

    pub fn count(&mut self, text: &str) -> usize {
        self.tokenizer.count(text, &mut self.scratch)
    }

    /// Ids and then offsets, two a token.
    pub fn offsets(&mut self, text: &str) -> Vec<u32> {
        let tokens = self.tokenizer.encode_with_offsets(text, &mut self.scratch);
        [tokens.ids, tokens.offsets].concat()
    }

    /// Ids and then token types.
    pub fn pair(&mut self, a: &str, b: &str, most: Option<usize>) -> Result<Vec<u32>, JsValue> {
        let (mut ids, mut types) = (Vec::new(), Vec::new());
        let Bridge { tokenizer, scratch } = self;
        let mut first = tokenizer.first_of_pair(a, most, scratch).map_err(thrown)?;
        tokenizer.encode_second(&mut first, b, scratch, &mut ids, &mut types).map_err(thrown)?;
        ids.extend(types.into_iter().map(u32::from));
        Ok(ids)
    }

    /// Start and end of each chunk.
    pub fn chunk(
        &mut self,
        text: &str,
        max_tokens: usize,
        overlap: usize,
    ) -> Result<Vec<u32>, JsValue> {
        let chunks = self.tokenizer.chunk(text, max_tokens, usize::MAX, overlap, &mut self.scratch);
        Ok(chunks.map_err(thrown)?.iter().flat_map(|chunk| [chunk.start, chunk.end]).collect())
    }

    pub fn token(&self, id: u32) -> Option<String> {
        self.tokenizer.token(id).map(str::to_owned)
    }
}

fn bridge(tokenizer: Tokenizer) -> Bridge {
    Bridge { tokenizer, scratch: Scratch::default() }
}

fn thrown(error: Error) -> JsValue {
    let code = error.code();
    let error = js_sys::Error::new(&error.to_string());
    // Setting a plain property on a new object can't fail.
    let _ = js_sys::Reflect::set(&error, &"code".into(), &code.into());
    error.into()
}
