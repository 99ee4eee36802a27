//! Safetensors in, int8 groups out.
//!
//! [`loader::Loader`] takes a file in pieces of any size. [`header`] reads its table of tensors,
//! [`stream`] cuts the data that follows into rows, [`dtype`] and [`quantize`] turn the rows of a
//! float checkpoint into int8, and [`export`] writes the packed file.

pub mod dtype;
pub mod export;
pub mod header;
pub mod loader;
pub mod quantize;
pub mod stream;
