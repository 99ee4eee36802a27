//! The tokenizer against Hugging Face's `tokenizers`: what tests/reference/tokenizer wrote down.

#[path = "tokenizer_chunks.rs"]
mod chunks;
#[path = "tokenizer_files.rs"]
mod files;
#[path = "tokenizer_fixture.rs"]
mod fixture;
#[path = "tokenizer_fuzz.rs"]
mod fuzz;
#[path = "tokenizer_reference.rs"]
mod reference;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
