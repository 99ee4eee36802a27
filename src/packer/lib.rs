//! Makes compact model files, and int8 files for activations of 7 bits. It is a wasm file of its own: those
//! who load models never download it.
//!
//! [`model`] holds the encoder in float32, and [`forward`] runs texts through it. [`int8`] makes the maps of
//! an int8 file from what [`gram`] sums up of their inputs, which [`equalization`] brings to one size;
//! [`factor`] takes sums apart, and [`feedback`] rounds. [`int8_bindings`] is what JavaScript sees of that.
//!
//! For compact files [`calibrate`] runs the encoder back again, too, to see what vectors feel of errors in
//! each weight matrix. [`plan`] chooses the steps of all rows, with [`frequency`] for the word table.
//! [`matrices`] are what is coded, of any model, and [`pack`] finds the steps at which the file has the size
//! that was asked for. [`bindings`] is what JavaScript sees of those.

#![forbid(unsafe_code)]

pub mod bindings;
pub mod calibrate;
pub mod equalization;
pub mod factor;
pub mod feedback;
pub mod forward;
pub mod frequency;
pub mod gram;
pub mod int8;
pub mod int8_bindings;
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
