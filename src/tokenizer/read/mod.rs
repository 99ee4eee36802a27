//! Readers of the files that describe a tokenizer, and the packed form.

mod models;
mod packed;
mod stages;
mod templates;
mod tokenizer_json;
mod vocab_txt;

pub use packed::PackedFor;
