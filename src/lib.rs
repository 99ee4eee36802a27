//! Sentence embeddings inside a browser tab.
//!
//! Text goes in at the top and a vector comes out at the bottom:
//!
//! 1. [`weights`] reads a safetensors file while it streams in, quantises it if it is a float
//!    checkpoint, and hands each tensor to the model. It also writes the packed int8 file.
//! 2. [`tokenizer`] turns text into word pieces, as Hugging Face's BERT tokenizers do.
//! 3. [`model`] runs the encoder: embeddings, layers of self-attention and feed-forward, pooling.
//! 4. [`kernels`] are the SIMD128 loops under the model, and the only place with `unsafe`.
//! 5. [`engine`] is a model with its tokenizer, and [`bindings`] is all that JavaScript can see.

#[cfg(not(target_arch = "wasm32"))]
compile_error!(
    "edgebert runs in WebAssembly only; build it with `--target wasm32-unknown-unknown`, \
     the default that .cargo/config.toml sets"
);
#[cfg(all(target_arch = "wasm32", not(target_feature = "simd128")))]
compile_error!("edgebert needs SIMD128; build it with RUSTFLAGS=\"-C target-feature=+simd128\"");

pub mod bindings;
pub mod engine;
pub mod entries;
pub mod error;
pub mod fields;
pub mod json;
pub mod model;
pub mod tokenizer;
pub mod weights;

pub use edgebert_kernels as kernels;
pub use error::{Error, ErrorKind};

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// The standard library's own allocator, compiled for size: 2.5 KB less than the copy in there.
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;
