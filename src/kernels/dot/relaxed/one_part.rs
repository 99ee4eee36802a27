//! Activations of 7 bits, q, as they are.
//!
//! `Σ w · (q - zero)` starts from `-zero · Σ w`, by one `i32x4.dot_i16x8_s`: the lower half of an int32
//! that is known to fit into int16, as Σ w of a group does, times -zero, and the upper half times 0.
//!
//! Rows pass in pairs, and an odd one alone. A pair has for each group a head of four words, `-zero` of
//! both rows, as int16 with zeros above, and the scale of both rows; then, for every four inputs, four q
//! of the first row and four of the second. A row alone has a head of two words, and q. So one pointer
//! serves the loop. Two rows by six vectors of outputs are twelve sums; a row alone has as many, half of
//! them for every second step.
//!
//! A group of 64 inputs is 16 steps of twelve products, and then twelve sums to be scaled, which take a
//! fifth as many instructions of the same two units of the processor.
//!
//! Where a processor has no such dot, browsers make it of three to five instructions. The second loop,
//! `onePartByTwos`, says two of them: `i16x8.relaxed_dot_i8x16_i7x16_s`, sums of two products, which are at
//! most 2 · 128 · 127 and so exact in int16, then `i32x4.dot_i16x8_s` with ones. With the addition that is
//! three instructions for 16 products, where widened weights take four, besides the widening. In V8 without
//! AVX-VNNI, on a Xeon, a map of 16 rows takes 0.78 of SIMD128's time by it, and 1.20 by the first loop.
//!
//! Tried without a gain: two steps a turn, also by twos (at most 4 % faster); by twos with
//! `i32x4.extadd_pairwise_i16x8_s` (10 % slower: V8 fetches the ones from memory) and with twelve sums at
//! a time (8 % slower, though weights pass once) or four (2 % slower); sums that start from 1.5 · 2²³, so
//! that they become float32 by a subtraction, which spills (8 % slower).

use super::super::{Dot, Form, QuantizedRows, Uint7};
use super::{INPUTS, PANEL, Scratch, run};
use crate::vector::{I8x16, I16x8};

/// 7-bit activations × int8 weights.
pub enum OnePart {}

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
    panic!("`onePart` of relaxed.wat is not there");
}

/// Bytes of a head, for each row.
const HEAD: usize = 8;

/// Bytes of a packed row, with its heads.
fn packed_len(inputs: usize) -> usize {
    inputs + inputs.div_ceil(Uint7::GROUP) * HEAD
}

impl Dot for OnePart {
    type Form = Uint7;
    const PANEL: usize = PANEL;
    const INPUTS: usize = INPUTS;
    type Scratch = Scratch;

    fn start(weights: &[i8]) -> i32 {
        const { assert!(Uint7::GROUP * 128 <= i16::MAX as usize) }
        weights.iter().map(|&weight| i32::from(weight)).sum()
    }

    #[inline(never)]
    fn pack(rows: &QuantizedRows, scratch: &mut Scratch) {
        let len = packed_len(rows.inputs);
        scratch.rows.grow(rows.count * len);
        scratch.totals.grow(rows.count * PANEL);
        for (pair, mut packed) in scratch.rows.chunks_mut(2 * len).enumerate() {
            let first = 2 * pair;
            if first >= rows.count {
                break;
            }
            let alone = first + 1 == rows.count;
            let second = if alone { first } else { first + 1 };
            let groups = rows.row(first).chunks(Uint7::GROUP);
            for (group, both) in groups.zip(rows.row(second).chunks(Uint7::GROUP)).enumerate() {
                let at = group * rows.between_groups();
                let zeros = [rows.zeros[at + first], rows.zeros[at + second]];
                let scales = [rows.group_scales[at + first], rows.group_scales[at + second]];
                let step = if alone { 1 } else { 2 };
                let (head, rest) = packed.split_at_mut(step * HEAD);
                let (body, rest) = rest.split_at_mut(step * both.0.len());
                write_head(&zeros[..step], &scales[..step], head);
                write_body(both, zeros, alone, body);
                packed = rest;
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
        let len = rows.count * packed_len(rows.inputs);
        assert!(packed.len() >= len, "{} rows are not packed", rows.count);
        run::<Self>(missing, weights, starts, scales, rows, packed, totals)
    }
}

fn write_head(zeros: &[i16], scales: &[f32], head: &mut [u8]) {
    let zeros = zeros.iter().map(|&zero| u32::from((-zero) as u16));
    let words = zeros.chain(scales.iter().map(|scale| scale.to_bits()));
    for (word, to) in words.zip(head.chunks_exact_mut(4)) {
        to.copy_from_slice(&word.to_le_bytes());
    }
}

#[inline(always)]
fn write_body((first, second): (&[i16], &[i16]), zeros: [i16; 2], alone: bool, body: &mut [u8]) {
    let [first_zero, second_zero] = zeros;
    let eights = first.chunks_exact(8).zip(second.chunks_exact(8));
    let unsigned = eights.map(|(first, second)| {
        let first = I16x8::load(first).plus(first_zero);
        I8x16::narrowed(first, I16x8::load(second).plus(second_zero))
    });
    if alone {
        let mut both = [0; 16];
        for (unsigned, to) in unsigned.zip(body.chunks_exact_mut(8)) {
            unsigned.store(&mut both);
            to.copy_from_slice(&both[..8]);
        }
    } else {
        for (unsigned, to) in unsigned.zip(body.chunks_exact_mut(16)) {
            unsigned.middle_swapped().store(to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matmul_f32::Rows;
    use crate::testing::random;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn rows_are_packed_in_pairs_with_a_head_for_each_group() {
        const INPUTS: usize = 72;
        let values = random(1, 3 * INPUTS);
        let mut rows = QuantizedRows::default();
        let from = Rows { values: &values, rows: 3, stride: INPUTS };
        rows.fill::<Uint7>(from, INPUTS, &[1.0; INPUTS]);
        let mut scratch = Scratch::default();
        OnePart::pack(&rows, &mut scratch);
        let mut at = 0;
        let mut take = |count: usize| {
            at += count;
            scratch.rows[at - count..at].to_vec()
        };
        for (members, groups) in [([0, 1].as_slice(), [64, 8]), (&[2], [64, 8])] {
            for (group, len) in groups.into_iter().enumerate() {
                let place = |row: usize| group * rows.between_groups() + row;
                for &row in members {
                    let zero = i32::from_le_bytes(take(4).try_into().unwrap());
                    assert_eq!((zero as i16, zero >> 16), (-rows.zeros[place(row)], 0));
                }
                for &row in members {
                    let scale = f32::from_le_bytes(take(4).try_into().unwrap());
                    assert_eq!(scale, rows.group_scales[place(row)]);
                }
                for step in 0..len / 4 {
                    for &row in members {
                        for (k, q) in take(4).into_iter().enumerate() {
                            let value = rows.row(row)[64 * group + 4 * step + k];
                            assert_eq!(i16::from(q), value + rows.zeros[place(row)]);
                        }
                    }
                }
            }
        }
        assert_eq!(at, scratch.rows.len());
    }

    #[wasm_bindgen_test]
    fn starts_are_sums_of_weights_and_fit_into_int16() {
        assert_eq!(OnePart::start(&[1, -2, 127]), 126);
        assert_eq!(OnePart::start(&[-128; Uint7::GROUP]), -8192);
    }
}
