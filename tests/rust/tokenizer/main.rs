//! The tokenizer against Hugging Face's `tokenizers`: what tests/reference/tokenizer wrote down.

mod chains;
mod chunks;
mod cut;
mod engines;
mod files;
mod fixture;
mod fuzz;
mod reference;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
