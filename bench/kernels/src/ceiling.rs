//! What the machine could do at most with the instructions that the maps consist of.
//!
//! Eight accumulators, as many as V8 keeps in registers beside their operands, each fed by one
//! product and one addition. Four operands stay in registers; two are read anew from a kilobyte
//! each turn, because products of nothing but constants would be computed once and hoisted out of
//! the loop. Loads take no vector unit, so the arithmetic alone bounds the loop;
//! sixteen products a turn instead of eight, with half the loop's own cost, measure the same.

use crate::Kernel;
use crate::data::{floats, int16};
use edgebert_kernels::vector::{F32x4, I16x8, I32x4};
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
    let operands = int16(8 * OPERANDS).chunks_exact(8).map(I16x8::load).collect();
    ceiling(operands, I32x4::ZERO, |sum, a: I16x8, b| sum + a.dot(b))
}

/// `f32x4.mul` and `f32x4.add`.
#[wasm_bindgen(js_name = f32Ceiling)]
pub fn f32_ceiling() -> Kernel {
    let operands = floats(4 * OPERANDS).chunks_exact(4).map(F32x4::load).collect();
    ceiling(operands, F32x4::ZERO, |sum, a, b| sum + a * b)
}

fn ceiling<V: Copy + 'static, S: Copy + 'static>(
    operands: Vec<V>,
    zero: S,
    step: impl Fn(S, V, V) -> S + Copy + 'static,
) -> Kernel {
    let mut sums = [zero; ACCUMULATORS];
    Kernel::new(move || sums = turns(&operands, sums, step))
}

/// A function of its own, so that the browser's compiler gives it all registers.
#[inline(never)]
fn turns<V: Copy, S: Copy>(
    operands: &[V],
    mut sums: [S; ACCUMULATORS],
    step: impl Fn(S, V, V) -> S,
) -> [S; ACCUMULATORS] {
    let &[a, b, c, d] = operands.first_chunk().unwrap();
    for _ in 0..TURNS / (OPERANDS / 2) {
        // Written out: where this crate is compiled for size, a loop over rows would stay one, with
        // the sums in memory.
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
