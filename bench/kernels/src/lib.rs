//! The engine's kernels, one by one, for a stopwatch in a browser.
//!
//! Each function of [`maps`], [`rows`], [`coding`] and [`ceiling`] sets up its inputs once and returns a
//! [`Kernel`], which JavaScript runs as often as it takes to read a clock.

mod ceiling;
mod coding;
mod data;
mod maps;
mod rows;

use wasm_bindgen::prelude::*;

/// Something to time.
#[wasm_bindgen]
pub struct Kernel {
    body: Box<dyn FnMut()>,
}

impl Kernel {
    fn new(body: impl FnMut() + 'static) -> Self {
        Kernel { body: Box::new(body) }
    }
}

#[wasm_bindgen]
impl Kernel {
    /// Does the work `times` times.
    pub fn run(&mut self, times: u32) {
        for _ in 0..times {
            (self.body)();
        }
    }
}
