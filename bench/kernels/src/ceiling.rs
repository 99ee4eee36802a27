//! What the machine could do at most with the instructions that the maps consist of.
//!
//! Eight accumulators, as many as V8 keeps in registers beside their operands, each fed by one
//! product and one addition. Four operands stay in registers; two are read anew from a kilobyte
//! each turn, because products of nothing but constants would be computed once and hoisted out of
//! the loop. Loads take no vector unit, so the arithmetic alone bounds the loop;
//! sixteen products a turn instead of eight, with half the loop's own cost, measure the same.

use crate::data::floats;
use crate::Kernel;
use core::arch::wasm32::*;
use wasm_bindgen::prelude::*;

const ACCUMULATORS: usize = 8;
const TURNS: usize = 4096;
const OPERANDS: usize = 64;

/// Multiply-accumulates of one run of [`int16_ceiling`].
#[wasm_bindgen(js_name = int16CeilingMacs)]
pub fn int16_ceiling_macs() -> usize {
    8 * ACCUMULATORS * TURNS
}

/// Multiply-accumulates of one run of [`f32_ceiling`].
#[wasm_bindgen(js_name = f32CeilingMacs)]
pub fn f32_ceiling_macs() -> usize {
    4 * ACCUMULATORS * TURNS
}

/// `i32x4.dot_i16x8_s` and `i32x4.add`.
#[wasm_bindgen(js_name = int16Ceiling)]
pub fn int16_ceiling() -> Kernel {
    ceiling(|sum, a, b| i32x4_add(sum, i32x4_dot_i16x8(a, b)))
}

/// `f32x4.mul` and `f32x4.add`.
#[wasm_bindgen(js_name = f32Ceiling)]
pub fn f32_ceiling() -> Kernel {
    ceiling(|sum, a, b| f32x4_add(sum, f32x4_mul(a, b)))
}

fn ceiling(step: impl Fn(v128, v128, v128) -> v128 + Copy + 'static) -> Kernel {
    let operands: Vec<v128> =
        floats(4 * OPERANDS).chunks_exact(4).map(|x| f32x4(x[0], x[1], x[2], x[3])).collect();
    let mut sums = [f32x4_splat(0.0); ACCUMULATORS];
    Kernel::new(move || sums = turns(&operands, sums, step))
}

/// A function of its own, so that the browser's compiler gives it all registers.
#[inline(never)]
fn turns(
    operands: &[v128],
    mut sums: [v128; ACCUMULATORS],
    step: impl Fn(v128, v128, v128) -> v128,
) -> [v128; ACCUMULATORS] {
    let &[a, b, c, d] = operands.first_chunk().unwrap();
    for _ in 0..TURNS / (OPERANDS / 2) {
        // Written out: at the level of size, which this crate shares with the engine, a loop over
        // rows would stay one, with the sums in memory.
        for pair in operands.chunks_exact(2) {
            sums = [
                step(sums[0], a, pair[0]),
                step(sums[1], a, pair[1]),
                step(sums[2], b, pair[0]),
                step(sums[3], b, pair[1]),
                step(sums[4], c, pair[0]),
                step(sums[5], c, pair[1]),
                step(sums[6], d, pair[0]),
                step(sums[7], d, pair[1]),
            ];
        }
    }
    sums
}
