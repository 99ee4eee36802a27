//! Relaxed SIMD: `i32x4.relaxed_dot_i8x16_i7x16_add_s`, one instruction where processors have such
//! a one (AVX-VNNI, Arm's dot product), a slow sequence elsewhere. So it is chosen by timing, by
//! JavaScript (js/engine/kernel.ts).
//!
//! # Exactness
//! The instruction multiplies int8 with what must lie in 0..=127 to mean the same everywhere. An
//! activation of 14 bits is taken apart into `128 · (high - 64) + low`, both parts in that range.
//! `Σ w · (high - 64)` starts from `-64 · Σ w`, which is known of the weights; then
//! `128 · Σ w · (high - 64) + Σ w · low` is the exact sum, and the bits are those of every other
//! [`Dot`].
//!
//! # Layout
//! A panel has, for every four inputs, 24 outputs × 4 int8. A row has, for every four inputs, four
//! high parts and then four low parts; it takes the room of its int16 form. Rows pass one by one:
//! six vectors of outputs by two parts are twelve sums, which is what hides the latency of the
//! instruction, and each vector of weights serves two of them.
//!
//! # The loop
//! It is in relaxed.wat, a module of 1 KB that JavaScript instantiates over this instance's memory.
//! It replaces the function at [`place`] in this instance's table.

use super::Dot;
use crate::buffer::Buffer;
use crate::pack::GROUP;
use crate::vector::{I8x16, I16x8};
use core::hint::black_box;
use core::sync::atomic::{AtomicBool, Ordering};

/// 14-bit activations in two parts × int8 weights.
pub struct Relaxed;

const PANEL: usize = 24;
const INPUTS: usize = 4;
/// What makes the high part of an activation unsigned.
const OFFSET: i32 = 64;

/// What [`Relaxed`] works in.
#[derive(Default)]
pub struct Scratch {
    /// Rows × steps of inputs × (4 high parts, 4 low parts).
    rows: Buffer<u8>,
    count: usize,
    inputs: usize,
    totals: Buffer<f32>,
}

/// relaxed.wat's function: weights and their end, rows and how many, starts, scales, totals.
type Tile =
    unsafe extern "C" fn(*const i8, *const i8, *const u8, usize, *const i32, *const f32, *mut f32);

/// What stands in this instance's table until JavaScript replaces it.
unsafe extern "C" fn missing(
    _: *const i8,
    _: *const i8,
    _: *const u8,
    _: usize,
    _: *const i32,
    _: *const f32,
    _: *mut f32,
) {
    panic!("the loop of relaxed.wat is not there");
}

static INSTALLED: AtomicBool = AtomicBool::new(false);

/// Whether the loop is there.
pub fn is_installed() -> bool {
    INSTALLED.load(Ordering::Relaxed)
}

/// The place in this instance's table for the function of relaxed.wat.
pub fn place() -> usize {
    // On wasm32 a function's address is its place in the table.
    missing as *const () as usize
}

/// Takes the loop, which JavaScript has put at [`place`], if it computes what plain integers do at
/// the ends of the ranges; says whether that is so. A function of another type would trap.
pub fn install() -> bool {
    INSTALLED.store(true, Ordering::Relaxed);
    let right = computes_exact_sums();
    INSTALLED.store(right, Ordering::Relaxed);
    right
}

/// A group and a half of activations and weights at the ends of their ranges, by the loop and by
/// plain integers.
fn computes_exact_sums() -> bool {
    const LEN: usize = GROUP + GROUP / 2;
    let activations = [8191i16, -8191, 0, 1, -1, 127, 128, -128];
    let weights = [127i8, -128, -127, 1, 0, -1, 64];
    let row: Vec<i16> = (0..LEN).map(|k| activations[k * k % 8]).collect();
    let largest = vec![8191; LEN];
    let mut scratch = Scratch::default();
    let mut values = row.clone();
    values.extend(&largest);
    Relaxed::pack(&values, LEN, 2, LEN, &mut scratch);
    let weight = |output: usize, k: usize| match output {
        0 => -128,
        1 => 127,
        _ => weights[(output * k + output) % 7],
    };
    let mut panel = vec![0; LEN * PANEL];
    let mut starts = vec![0; 2 * PANEL];
    for output in 0..PANEL {
        for k in 0..LEN {
            panel[(k / INPUTS * PANEL + output) * INPUTS + k % INPUTS] = weight(output, k);
            starts[k / GROUP * PANEL + output] += Relaxed::start(&[weight(output, k)]);
        }
    }
    let totals = Relaxed::panel(&panel, &starts, &[1.0; 2 * PANEL], &mut scratch);
    let rows = [row, largest];
    totals.len() == 2 * PANEL
        && totals.iter().enumerate().all(|(i, &total)| {
            let (row, output) = (&rows[i / PANEL], i % PANEL);
            let product = |k: usize| i32::from(row[k]) * i32::from(weight(output, k));
            let first = (0..GROUP).map(product).sum::<i32>() as f32;
            total == first + (GROUP..LEN).map(product).sum::<i32>() as f32
        })
}

impl Dot for Relaxed {
    const PANEL: usize = PANEL;
    const INPUTS: usize = INPUTS;
    type Scratch = Scratch;

    fn start(weights: &[i8]) -> i32 {
        -OFFSET * weights.iter().map(|&weight| i32::from(weight)).sum::<i32>()
    }

    #[inline(never)]
    fn pack(values: &[i16], stride: usize, rows: usize, inputs: usize, scratch: &mut Scratch) {
        scratch.rows.grow(rows * 2 * inputs);
        scratch.totals.grow(rows * PANEL);
        (scratch.count, scratch.inputs) = (rows, inputs);
        let packed = scratch.rows.chunks_exact_mut(2 * inputs);
        for (row, packed) in values.chunks(stride).take(rows).zip(packed) {
            let eights = row[..inputs].chunks_exact(8).zip(packed.chunks_exact_mut(16));
            for (eight, packed) in eights {
                let unsigned = I16x8::load(eight).plus(128 * OFFSET as i16);
                let (high, low) = (unsigned.shifted_right_unsigned(7), unsigned.and(127));
                I8x16::narrowed(high, low).middle_swapped().store(packed);
            }
        }
    }

    #[inline(always)]
    fn panel<'s>(
        weights: &[i8],
        starts: &[i32],
        scales: &[f32],
        scratch: &'s mut Scratch,
    ) -> &'s [f32] {
        let () = Self::FITS;
        let Scratch { rows, count, inputs, totals } = scratch;
        let groups = inputs.div_ceil(GROUP);
        assert!(
            is_installed()
                && *count > 0
                && !weights.is_empty()
                && weights.len() == *inputs * PANEL
                && starts.len() == groups * PANEL
                && scales.len() == groups * PANEL
                && rows.len() >= *count * 2 * *inputs
                && totals.len() >= *count * PANEL,
            "a panel of {} weights, {} starts and {} scales for rows of {inputs}",
            weights.len(),
            starts.len(),
            scales.len()
        );
        let weights = weights.as_ptr_range();
        let (starts, scales) = (starts.as_ptr(), scales.as_ptr());
        let (rows, totals_at) = (rows.as_ptr(), totals.as_mut_ptr());
        // Not known to the compiler: what the table holds there is another function by now.
        let tile = black_box(missing as Tile);
        // SAFETY: what it reads and writes is as long as the assert says; what is in the table is as
        // trusted as the JavaScript that put it there, to which all of this memory belongs.
        unsafe { tile(weights.start, weights.end, rows, *count, starts, scales, totals_at) };
        &totals[..*count * PANEL]
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use js_sys::{Function, Object, Reflect, Uint8Array, WebAssembly};
    use wasm_bindgen::JsCast;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// relaxed.wat, as JavaScript has it: the strings of the script are its bytes in base64.
    fn assembled() -> Vec<u8> {
        let script = include_str!("../../../js/engine/relaxed-tile.ts");
        let (_, strings) = script.split_once("const TILE =").unwrap();
        let inside: String = strings.split('\'').skip(1).step_by(2).collect();
        let value = |byte: u8| match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            other => panic!("{other} in base64"),
        };
        let sextets: Vec<u32> =
            inside.trim_end_matches('=').bytes().map(|byte| u32::from(value(byte))).collect();
        let bytes = sextets.chunks(4).flat_map(|four| {
            let bits = four.iter().enumerate().fold(0, |bits, (i, &x)| bits | x << (18 - 6 * i));
            bits.to_be_bytes()[1..four.len()].to_vec()
        });
        bytes.collect()
    }

    /// Does what js/engine/kernel.ts does. The tests' browser has relaxed SIMD.
    pub fn install_assembled() {
        if is_installed() {
            return;
        }
        let module = WebAssembly::Module::new(&Uint8Array::from(&assembled()[..])).unwrap();
        let engine = Object::new();
        Reflect::set(&engine, &"memory".into(), &wasm_bindgen::memory()).unwrap();
        let imports = Object::new();
        Reflect::set(&imports, &"engine".into(), &engine).unwrap();
        let instance = WebAssembly::Instance::new(&module, &imports).unwrap();
        let tile = Reflect::get(&instance.exports(), &"tile".into()).unwrap();
        let table: WebAssembly::Table = wasm_bindgen::function_table().unchecked_into();
        table.set(place() as u32, tile.unchecked_ref::<Function>()).unwrap();
        assert!(install());
    }

    #[wasm_bindgen_test]
    fn rows_are_taken_apart_into_two_halves_of_seven_bits() {
        let values: Vec<i16> = [-8191, -8192, -129, -128, -1, 0, 127, 8191].repeat(2);
        let mut scratch = Scratch::default();
        Relaxed::pack(&values, 8, 2, 8, &mut scratch);
        for (row, packed) in values.chunks(8).zip(scratch.rows.chunks(16)) {
            for (k, &value) in row.iter().enumerate() {
                let at = k / 4 * 8 + k % 4;
                let (high, low) = (i32::from(packed[at]), i32::from(packed[at + 4]));
                assert!(high < 128 && low < 128);
                assert_eq!(128 * (high - 64) + low, i32::from(value));
            }
        }
    }

    #[wasm_bindgen_test]
    fn sums_start_from_what_the_offset_adds() {
        assert_eq!(Relaxed::start(&[]), 0);
        assert_eq!(Relaxed::start(&[1, -2, 127]), -64 * 126);
        assert_eq!(Relaxed::start(&[-128; GROUP]), 64 * 128 * GROUP as i32);
    }
}
