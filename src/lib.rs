//! Sentence embeddings inside a browser tab.
//!
//! Text goes in at the top and a vector comes out at the bottom:
//!
//! 1. [`bindings`] is all that JavaScript can see.
//! 2. [`engine`] is a model with its tokenizer: it encodes, scores and cuts into chunks.
//! 3. [`load`] makes an engine of a stream of weights and the small files beside them, which
//!    [`files`] reads; [`packed`] is the packed int8 file, both ways.
//! 4. [`tokenizer`] turns text into tokens, as Hugging Face's tokenizers do; what it spends its time in is a
//!    crate of its own, `edgebert-subwords`.
//! 5. [`model`] runs the encoder: embeddings, layers of self-attention and feed-forward, pooling.
//! 6. [`weights`] reads safetensors while they arrive, row by row, and knows nothing of models.
//! 7. [`kernels`] are the SIMD128 loops under the model, and the only place with `unsafe`.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(not(target_arch = "wasm32"))]
compile_error!(
    "edgebert runs in WebAssembly only; build it with `--target wasm32-unknown-unknown`, \
     the default that .cargo/config.toml sets"
);
#[cfg(all(target_arch = "wasm32", not(target_feature = "simd128")))]
compile_error!("edgebert needs SIMD128; build it with RUSTFLAGS=\"-C target-feature=+simd128\"");

pub mod bindings;
pub mod engine;
pub mod error;
pub mod files;
pub mod instruction_set;
pub mod load;
pub mod model;
pub mod packed;
pub mod tokenizer;
pub mod weights;

pub use edgebert_kernels as kernels;
pub use error::{Error, ErrorKind};

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
