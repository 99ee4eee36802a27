//! Safetensors: bytes in, rows of numbers out.
//!
//! [`header`] reads a file's table of tensors, [`stream`] cuts the data that follows into rows, and
//! [`dtype`] decodes them.

pub mod dtype;
pub mod header;
pub mod stream;
