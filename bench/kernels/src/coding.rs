//! The decoder of compact files.

use crate::Kernel;
use crate::data::floats;
use edgebert_coding::block;
use edgebert_coding::encode::{Coded, Rows, encode};
use edgebert_coding::tables::Tables;
use wasm_bindgen::prelude::*;

/// Decodes one block of `rows` rows of `width` values that are spread so widely.
#[wasm_bindgen(js_name = decode)]
pub fn time_decode(rows: usize, width: usize, spread: f32) -> Kernel {
    // Twelve uniform numbers make a normal one.
    let uniform = floats(12 * rows * width);
    let normal = uniform.chunks_exact(12).map(|numbers| numbers.iter().sum::<f32>() / 2.0);
    let values = normal.map(|x| (x * spread).round().clamp(-127.0, 127.0) as i8).collect();
    let Coded { tables, blocks } = encode(&[Rows { width, steps: vec![100; rows], values }]);
    let tables = Tables::read(&tables).expect("tables that were just written");
    let mut last = 0;
    Kernel::new(move || {
        for coded in &blocks[0] {
            let sound = block::decode(&tables, coded, rows, width, |_, _, row| last ^= row[0]);
            sound.expect("a block that was just written");
        }
        std::hint::black_box(last);
    })
}
