//! Readers of the files that describe a tokenizer, and the packed form.

mod packed;
mod tokenizer_json;
mod vocab_txt;
