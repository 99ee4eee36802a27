//! How JavaScript chooses the instruction set of the int8 maps (js/engine/kernel.ts).

use crate::Error;
use crate::kernels::dot::{Kernel, install_relaxed, relaxed_place, select};
use crate::kernels::trial::Trial;
use wasm_bindgen::prelude::*;

fn kernel(relaxed: bool) -> Kernel {
    if relaxed { Kernel::Relaxed } else { Kernel::Simd128 }
}

/// The engine's version: what a trial of another one has found says nothing of this one.
#[wasm_bindgen(js_name = engineVersion)]
pub fn engine_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// This instance's table of functions.
#[wasm_bindgen(js_name = functionTable)]
pub fn function_table() -> JsValue {
    wasm_bindgen::function_table()
}

/// This instance's memory, which that loop works on.
#[wasm_bindgen(js_name = engineMemory)]
pub fn engine_memory() -> JsValue {
    wasm_bindgen::memory()
}

/// The place in that table for the loop of src/kernels/dot/relaxed.wat.
#[wasm_bindgen(js_name = relaxedPlace)]
pub fn place() -> usize {
    relaxed_place()
}

/// Uses the loop at that place. False if it computes wrong sums.
#[wasm_bindgen(js_name = installRelaxed)]
pub fn install() -> bool {
    install_relaxed()
}

/// Has the models that are loaded from now on use relaxed SIMD, or not. False where it is missing.
#[wasm_bindgen(js_name = selectKernel)]
pub fn select_kernel(relaxed: bool) -> bool {
    select(kernel(relaxed))
}

/// The same map by both instruction sets, to be timed.
#[wasm_bindgen]
pub struct KernelTrial(Trial);

#[wasm_bindgen]
impl KernelTrial {
    /// Sets the maps up.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Result<KernelTrial, Error> {
        Ok(KernelTrial(Trial::new()?))
    }

    /// Runs one of them `times` times.
    pub fn run(&mut self, relaxed: bool, times: u32) {
        self.0.run(kernel(relaxed), times);
    }
}
