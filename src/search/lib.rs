//! What an index of vectors spends its time on: taking vectors in, and scanning all of them.
//!
//! This is a WebAssembly file of its own, without wasm-bindgen or an allocator, of less than 4,096
//! bytes: so much Chromium compiled synchronously on a page's main thread before version 114 (from
//! then on 8 MB), and with that `new SearchIndex(…)` is ready at once. JavaScript owns the linear
//! memory from `__heap_base` on and decides what lies where (js/search/index/vector-memory.ts).
//!
//! - `exports`: the functions that JavaScript calls, which check every range that they are given
//! - [`vector`]: SIMD128's vectors, shared with the engine's kernels
//! - `kernels`: the loops in SIMD128, over slices
#![cfg_attr(not(test), no_std)]
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]

mod exports;
mod kernels;
/// The engine's vectors, by file: its crate would bring an allocator along.
#[path = "../kernels/vector/mod.rs"]
pub mod vector;

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// A failed assert is a mistake in JavaScript's layout; the trap ends the call with an exception.
#[cfg(not(test))]
#[panic_handler]
fn trap(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
