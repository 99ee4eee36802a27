//! How JavaScript chooses the instruction set of the int8 maps (js/engine/kernel.ts).

use crate::Error;
use crate::kernels::dot::{Activations, Kernel, install_relaxed, relaxed_places, select};
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

/// This instance's memory, which those loops work on.
#[wasm_bindgen(js_name = engineMemory)]
pub fn engine_memory() -> JsValue {
    wasm_bindgen::memory()
}

/// The places in that table for the loops of src/kernels/dot/relaxed.wat: `onePart` and `twoParts`.
#[wasm_bindgen(js_name = relaxedPlaces)]
pub fn places() -> Vec<u32> {
    relaxed_places().map(|place| place as u32).to_vec()
}

/// Uses the loops at those places. False if one of them computes wrong sums.
#[wasm_bindgen(js_name = installRelaxed)]
pub fn install() -> bool {
    install_relaxed()
}

/// Has the models that are loaded from now on use relaxed SIMD, or not: those whose activations have 7
/// bits, and those whose have 14. False where it is missing.
#[wasm_bindgen(js_name = selectKernels)]
pub fn select_kernels(seven_bits: bool, fourteen_bits: bool) -> bool {
    select(Activations::Uint7, kernel(seven_bits))
        && select(Activations::Int14, kernel(fourteen_bits))
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
