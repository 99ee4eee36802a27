//! Activations of 14 bits, in two parts of 7.
//!
//! An activation is taken apart into `128 · (high - 64) + low`, both parts in 0..=127.
//! `Σ w · (high - 64)` starts from `-64 · Σ w`, which is known of the weights; then
//! `128 · Σ w · (high - 64) + Σ w · low` is the exact sum.
//!
//! A row has, for every four inputs, four high parts and then four low parts; it takes the room of its
//! int16 form. Rows pass one by one: six vectors of outputs by two parts are twelve sums.

use super::super::{Dot, Form, Int14, QuantizedRows};
use super::{INPUTS, PANEL, Scratch, run};
use crate::vector::{I8x16, I16x8};

/// 14-bit activations in two parts × int8 weights.
pub enum TwoParts {}

/// What makes the high part of an activation unsigned.
const OFFSET: i32 = 64;

/// What stands in this instance's table until JavaScript replaces it.
pub unsafe extern "C" fn missing(
    _: *const i8,
    _: *const i8,
    _: *const u8,
    _: usize,
    _: *const i32,
    _: *const f32,
    _: *mut f32,
) {
    panic!("`twoParts` of relaxed.wat is not there");
}

impl Dot for TwoParts {
    type Form = Int14;
    const PANEL: usize = PANEL;
    const INPUTS: usize = INPUTS;
    type Scratch = Scratch;

    fn start(weights: &[i8]) -> i32 {
        -OFFSET * weights.iter().map(|&weight| i32::from(weight)).sum::<i32>()
    }

    #[inline(never)]
    fn pack(rows: &QuantizedRows, scratch: &mut Scratch) {
        const { assert!(Int14::LIMIT < 128 * OFFSET as i16) }
        scratch.rows.grow(rows.count * 2 * rows.inputs);
        scratch.totals.grow(rows.count * PANEL);
        let packed = scratch.rows.chunks_exact_mut(2 * rows.inputs);
        for (index, packed) in (0..rows.count).zip(packed) {
            let eights = rows.row(index).chunks_exact(8).zip(packed.chunks_exact_mut(16));
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
        rows: &QuantizedRows,
        scratch: &'s mut Scratch,
    ) -> &'s [f32] {
        let Scratch { rows: packed, totals } = scratch;
        assert!(packed.len() >= rows.count * 2 * rows.inputs, "{} rows are not packed", rows.count);
        run::<Self>(missing, weights, starts, scales, rows, packed, totals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn rows_are_taken_apart_into_two_halves_of_seven_bits() {
        let mut rows = QuantizedRows { count: 2, inputs: 8, ..QuantizedRows::default() };
        rows.values.grow(16);
        let values: Vec<i16> = [-8191, -8192, -129, -128, -1, 0, 127, 8191].repeat(2);
        rows.values.copy_from_slice(&values);
        let mut scratch = Scratch::default();
        TwoParts::pack(&rows, &mut scratch);
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
        assert_eq!(TwoParts::start(&[]), 0);
        assert_eq!(TwoParts::start(&[1, -2, 127]), -64 * 126);
        assert_eq!(TwoParts::start(&[-128; Int14::GROUP]), 64 * 128 * Int14::GROUP as i32);
    }
}
