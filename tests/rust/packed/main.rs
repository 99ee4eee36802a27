//! Packed files of every version.

use wasm_bindgen_test::wasm_bindgen_test_configure;

mod compact;
mod equalized;
mod file;

wasm_bindgen_test_configure!(run_in_browser);
