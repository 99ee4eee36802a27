//! Relaxed SIMD: `i32x4.relaxed_dot_i8x16_i7x16_add_s`, one instruction where processors have such
//! a one (AVX-VNNI, Arm's dot product), a slow sequence elsewhere. So it is chosen by timing, by
//! JavaScript (js/engine/kernel.ts).
//!
//! # Exactness
//! The instruction multiplies int8 with what must lie in 0..=127 to mean the same everywhere. An
//! activation of 7 bits does ([`OnePart`]); one of 14 bits is taken apart ([`TwoParts`]). Sums start
//! from what makes them those of signed activations, which is a multiple of the sum of a group's
//! weights, so they are exact, and the bits are those of every other [`super::Dot`].
//!
//! # Layout
//! A panel has, for every four inputs, 24 outputs × 4 int8: six vectors, each of which meets two of
//! activations, which makes twelve sums. That many hide the latency of the instruction.
//!
//! # The loops
//! They are in relaxed.wat, a module of 4 KB that JavaScript instantiates over this instance's memory.
//! They replace the functions at [`places`] in this instance's table. For [`OnePart`] there are two, one by
//! the instruction above and one by `i16x8.relaxed_dot_i8x16_i7x16_s`; both read the same panels and rows.

mod one_part;
mod two_parts;

pub use one_part::OnePart;
pub use two_parts::TwoParts;

use super::{Activations, Dot, Form, Kernel, QuantizedRows};
use crate::buffer::Buffer;
use crate::matmul_f32::Rows;
use crate::matmul_int8::{Int8Matrix, PanelScratch, matmul_int8};
use core::sync::atomic::{AtomicBool, Ordering};

const PANEL: usize = 24;
const INPUTS: usize = 4;

/// A loop's function: weights and their end, rows and how many, starts, scales, totals.
type Tile =
    unsafe extern "C" fn(*const i8, *const i8, *const u8, usize, *const i32, *const f32, *mut f32);

/// What either form works in.
#[derive(Default)]
pub struct Scratch {
    /// All rows, packed as the form's loop wants them.
    rows: Buffer<u8>,
    /// Rows × [`PANEL`].
    totals: Buffer<f32>,
}

static INSTALLED: AtomicBool = AtomicBool::new(false);

/// Whether the loops are there.
pub fn is_installed() -> bool {
    INSTALLED.load(Ordering::Relaxed)
}

/// The places in this instance's table for `onePart` and `twoParts` of relaxed.wat.
pub fn places() -> [usize; 2] {
    // On wasm32 a function's address is its place in the table.
    [one_part::missing as *const () as usize, two_parts::missing as *const () as usize]
}

/// Takes the loops, which JavaScript has put at [`places`], if they give the bits that SIMD128 does at the
/// ends of the ranges; says whether that is so. A function of another type would trap.
pub fn install() -> bool {
    INSTALLED.store(true, Ordering::Relaxed);
    let right = [Activations::Uint7, Activations::Int14].into_iter().all(|activations| {
        let exact = products(activations, Kernel::Simd128);
        exact.is_some() && exact == products(activations, Kernel::Relaxed)
    });
    INSTALLED.store(right, Ordering::Relaxed);
    right
}

/// Three rows of a group and a half of activations, times weights, both at the ends of their ranges; None
/// without memory for it.
fn products(activations: Activations, kernel: Kernel) -> Option<Vec<f32>> {
    const ROWS: usize = 3;
    const WEIGHTS: [i8; 8] = [127, -128, -127, 1, 0, -1, 64, -128];
    const VALUES: [f32; 8] = [1.0, -1.0, 0.0, 0.5, -1e-4, 8e-3, 0.25, -0.125];
    let len = activations.group() * 3 / 2;
    let mut matrix = Int8Matrix::zeroed_for(kernel, PANEL, len, activations, "").ok()?;
    for output in 0..PANEL {
        // The first outputs have the largest sums there are.
        let step = output.saturating_sub(1);
        let row: Vec<i8> = (0..len).map(|k| WEIGHTS[(k * step + output) % 8]).collect();
        matrix.set_row(output, &row);
        matrix.set_scales(output, &[1.0; 2]);
    }
    matrix.equalization_mut().fill(1.0);
    let mut values: Vec<f32> = (0..len).map(|k| VALUES[k * k % 8]).collect();
    values.resize(2 * len, 1.0);
    values.resize(ROWS * len, -1.0);
    let mut out = vec![0.0; ROWS * PANEL];
    let rows = Rows { values: &values, rows: ROWS, stride: len };
    matmul_int8(rows, &matrix, &[0.0; PANEL], &mut out, PANEL, &mut PanelScratch::default());
    Some(out)
}

/// Multiplies packed rows with a panel by the loop that is in the table in place of `missing`.
#[inline(always)]
fn run<'s, D: Dot>(
    missing: Tile,
    weights: &[i8],
    starts: &[i32],
    scales: &[f32],
    rows: &QuantizedRows,
    packed: &[u8],
    totals: &'s mut [f32],
) -> &'s [f32] {
    let () = D::FITS;
    let groups = rows.inputs.div_ceil(<D::Form as Form>::GROUP);
    assert!(
        is_installed()
            && rows.count > 0
            && !weights.is_empty()
            && weights.len() == rows.inputs * PANEL
            && starts.len() == groups * PANEL
            && scales.len() == groups * PANEL
            && totals.len() >= rows.count * PANEL,
        "a panel of {} weights, {} starts and {} scales for rows of {}",
        weights.len(),
        starts.len(),
        scales.len(),
        rows.inputs
    );
    let weights = weights.as_ptr_range();
    let (starts, scales) = (starts.as_ptr(), scales.as_ptr());
    // Not known to the compiler: what the table holds there is another function by now.
    let tile = core::hint::black_box(missing);
    // SAFETY: what it reads and writes is as long as the asserts here and the caller's say; what is in
    // the table is as trusted as the JavaScript that put it there, to which all of this memory belongs.
    unsafe {
        tile(
            weights.start,
            weights.end,
            packed.as_ptr(),
            rows.count,
            starts,
            scales,
            totals.as_mut_ptr(),
        );
    }
    &totals[..rows.count * PANEL]
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use js_sys::{Function, Object, Reflect, Uint8Array, WebAssembly};
    use wasm_bindgen::JsCast;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// relaxed.wat, as JavaScript has it: the strings of the script are its bytes in base64.
    fn assembled() -> Vec<u8> {
        let script = include_str!("../../../../js/engine/relaxed-tile.ts");
        let (_, strings) = script.split_once("const TILES =").unwrap();
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

    /// Does what js/engine/kernel.ts does, with the loop for [`OnePart`] of this name. The tests' browser has
    /// relaxed SIMD.
    pub fn install_assembled(one_part: &str) {
        let module = WebAssembly::Module::new(&Uint8Array::from(&assembled()[..])).unwrap();
        let engine = Object::new();
        Reflect::set(&engine, &"memory".into(), &wasm_bindgen::memory()).unwrap();
        let imports = Object::new();
        Reflect::set(&imports, &"engine".into(), &engine).unwrap();
        let instance = WebAssembly::Instance::new(&module, &imports).unwrap();
        let table: WebAssembly::Table = wasm_bindgen::function_table().unchecked_into();
        for (name, place) in [one_part, "twoParts"].into_iter().zip(places()) {
            let tile = Reflect::get(&instance.exports(), &name.into()).unwrap();
            table.set(place as u32, tile.unchecked_ref::<Function>()).unwrap();
        }
        assert!(install());
    }

    /// The loops for [`OnePart`].
    pub const ONE_PART: [&str; 2] = ["onePart", "onePartByTwos"];

    #[wasm_bindgen_test]
    fn the_two_loops_have_places_of_their_own() {
        assert_ne!(places()[0], places()[1]);
    }
}
