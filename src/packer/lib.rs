//! Makes compact model files, and int8 files for activations of 7 bits. It is a wasm file of its own: those
//! who load models never download it.
//!
//! [`model`] holds the encoder in float32. [`calibrate`] runs it on texts, and back again, to see
//! what vectors feel of errors in each weight matrix; [`factor`] takes that apart. [`plan`] chooses
//! the steps of all rows of a compact file, with [`frequency`] for the word table, and [`feedback`] rounds.
//! [`matrices`] are what is coded, of any model, and [`pack`] finds the steps at which the file has the size
//! that was asked for. [`int8`] makes the maps of an int8 file, whose inputs [`equalization`] brings to one
//! size, as it does those of a calibrated compact file. [`bindings`] is what JavaScript sees.

#![forbid(unsafe_code)]

pub mod bindings;
pub mod calibrate;
pub mod equalization;
pub mod factor;
pub mod feedback;
pub mod frequency;
pub mod int8;
pub mod matmul;
pub mod matrices;
pub mod model;
pub mod pack;
pub mod pieces;
pub mod plan;
#[cfg(test)]
mod tests;

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
