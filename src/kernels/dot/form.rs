//! What float32 rows become on their way into int8 weights: one of two forms, for both of which every
//! instruction set multiplies the same integers.
//!
//! [`Int14`]: one scale a row, `q = round(x / scale)`, `scale = max|x| / 8191`.
//!
//! [`Uint7`]: a scale and a zero point for each group of 64 inputs. Let e be the factors of the inputs,
//! all in float32:
//!
//! - `y = x · e`, `low = min(0, min y)`, `high = max(0, max y)`, `range = high - low`
//! - `scale = range / 127`, `inverse = 127 / range`, `zero = round(-low · inverse)`
//! - `q = min(127, round(y · inverse) + zero)`, which is in 0..=127
//!
//! `round` takes ties to even. A row or group without a [`TINY`] of magnitude counts as zeros and gets
//! scale 0. What is multiplied is `q - zero`: instruction sets that take q, whose 7 bits need no sign,
//! correct their sums by `zero · Σ weight`.
//!
//! Numbers that aren't finite become some integers in the same range, by the same rules in all
//! instruction sets.

use super::Activations;
use crate::buffer::Buffer;
use crate::matmul_f32::Rows;
use crate::pack::whole_tiles;
use crate::quantize::{MAGIC, TINY, max_abs, quantize_to, rounded};
use crate::vector::{F32x4, I16x8};
use core::hint::black_box;

/// One of the two forms.
pub trait Form {
    /// The form's name among those of a matrix.
    const ACTIVATIONS: Activations;
    /// Inputs whose products are summed up as integers.
    const GROUP: usize = Self::ACTIVATIONS.group();
    /// The largest magnitude of an integer that is multiplied.
    const LIMIT: i16;
    /// Whether groups of a row have scales of their own.
    const BY_GROUP: bool;

    /// Quantises row `index` of `rows`, `row` in float32, whose length is a multiple of 8. `factors` are
    /// as many, or none where the form has none.
    fn quantize(row: &[f32], factors: &[f32], index: usize, rows: &mut QuantizedRows);
}

/// Rows as integers, and what these mean. Memory grows to what is needed.
#[derive(Default)]
pub struct QuantizedRows {
    /// How many there are.
    pub count: usize,
    /// Elements of each, a multiple of 8.
    pub inputs: usize,
    /// Row by row, [`Self::inputs`] each.
    pub values: Buffer<i16>,
    /// What the sum over a row's groups is multiplied by, row by row.
    pub scales: Buffer<f32>,
    /// Where groups have scales: group by group, one for each row of whole tiles.
    pub group_scales: Buffer<f32>,
    /// As [`Self::group_scales`], the zero points.
    pub zeros: Buffer<i16>,
}

impl QuantizedRows {
    /// Quantises all of `from`, of which `inputs` elements a row count.
    #[inline(never)]
    pub fn fill<F: Form>(&mut self, from: Rows, inputs: usize, factors: &[f32]) {
        (self.count, self.inputs) = (from.rows, inputs);
        self.values.grow(from.rows * inputs);
        self.scales.grow(from.rows);
        if F::BY_GROUP {
            assert!(factors.len() == inputs, "{} factors of {inputs} inputs", factors.len());
            let groups = inputs.div_ceil(F::GROUP) * self.between_groups();
            self.group_scales.grow(groups);
            self.zeros.grow(groups);
        }
        for (index, row) in from.values.chunks(from.stride).take(from.rows).enumerate() {
            F::quantize(&row[..inputs], factors, index, self);
        }
    }

    /// Elements between the scales of two groups.
    pub fn between_groups(&self) -> usize {
        whole_tiles(self.count)
    }

    /// The integers of a row.
    pub fn row(&self, index: usize) -> &[i16] {
        &self.values[index * self.inputs..][..self.inputs]
    }
}

/// 14 bits with the sign: two bits more would change no vector's cosine by 1e-6.
pub enum Int14 {}

impl Form for Int14 {
    const ACTIVATIONS: Activations = Activations::Int14;
    const LIMIT: i16 = 8191;
    const BY_GROUP: bool = false;

    fn quantize(row: &[f32], _: &[f32], index: usize, rows: &mut QuantizedRows) {
        let out = &mut rows.values[index * row.len()..][..row.len()];
        rows.scales[index] = quantize_to(f32::from(Self::LIMIT), row, max_abs(row), out);
    }
}

/// 7 bits without a sign, of equalised inputs.
pub enum Uint7 {}

impl Form for Uint7 {
    const ACTIVATIONS: Activations = Activations::Uint7;
    const LIMIT: i16 = 127;
    const BY_GROUP: bool = true;

    fn quantize(row: &[f32], factors: &[f32], index: usize, rows: &mut QuantizedRows) {
        let step = rows.between_groups();
        rows.scales[index] = 1.0;
        let out = rows.values[index * row.len()..].chunks_mut(Self::GROUP);
        let groups = row.chunks(Self::GROUP).zip(factors.chunks(Self::GROUP)).zip(out);
        for (group, ((values, factors), out)) in groups.enumerate() {
            let at = group * step + index;
            let out = &mut out[..values.len()];
            (rows.group_scales[at], rows.zeros[at]) = quantize_group(values, factors, out);
        }
    }
}

/// Writes `q - zero` of a group to `out`, and returns its scale and its zero point.
#[inline(always)]
fn quantize_group(values: &[f32], factors: &[f32], out: &mut [i16]) -> (f32, i16) {
    assert!(values.len() % 8 == 0 && factors.len() == values.len() && out.len() == values.len());
    let (from, factor_at) = (values.as_ptr(), factors.as_ptr());
    // SAFETY: for `k` up to four before the end, by the assert.
    let scaled =
        |k: usize| unsafe { F32x4::load_at(from.add(k)) * F32x4::load_at(factor_at.add(k)) };
    // Two chains each, because one waits for its own results.
    let (mut low, mut high) = (F32x4::ZERO, F32x4::ZERO);
    let (mut lower, mut higher) = (F32x4::ZERO, F32x4::ZERO);
    for k in (0..values.len()).step_by(8) {
        let (first, second) = (scaled(k), scaled(k + 4));
        (low, lower) = (low.pmin(first), lower.pmin(second));
        (high, higher) = (high.pmax(first), higher.pmax(second));
    }
    let below = (-low.pmin(lower)).largest();
    let range = high.pmax(higher).largest() + below;
    if range < TINY {
        out.fill(0);
        return (0.0, 0);
    }
    let limit = f32::from(Uint7::LIMIT);
    let inverse = limit / range;
    let zero = (below * inverse).round_ties_even() as i16;
    let (least, most) = (I16x8::splat(-zero), I16x8::splat(Uint7::LIMIT - zero));
    let factor = F32x4::splat(inverse);
    let magic = *black_box(&MAGIC);
    for k in (0..values.len()).step_by(8) {
        let integers = |k| rounded(scaled(k), factor, magic);
        let both = I16x8::narrowed(integers(k), integers(k + 4)).max(least).min(most);
        // SAFETY: as above; `out` is as long.
        unsafe { both.store_at(out.as_mut_ptr().add(k)) };
    }
    (range / limit, zero)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::random;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// The integers of a group with their scale and zero point, as the head of this file has them.
    fn scalar(values: &[f32], factors: &[f32]) -> (Vec<i16>, f32, i16) {
        let scaled: Vec<f32> = values.iter().zip(factors).map(|(x, e)| x * e).collect();
        let low = scaled.iter().fold(0.0f32, |low, y| low.min(*y));
        let high = scaled.iter().fold(0.0f32, |high, y| high.max(*y));
        let range = high - low;
        if range < TINY {
            return (vec![0; values.len()], 0.0, 0);
        }
        let inverse = 127.0 / range;
        let zero = (-low * inverse).round_ties_even();
        let q = |y: &f32| ((y * inverse).round_ties_even() + zero).min(127.0);
        let integers = scaled.iter().map(|y| (q(y) - zero) as i16).collect();
        (integers, range / 127.0, zero as i16)
    }

    fn quantized<F: Form>(rows: &[f32], count: usize, factors: &[f32]) -> QuantizedRows {
        let mut to = QuantizedRows::default();
        let inputs = factors.len();
        to.fill::<F>(Rows { values: rows, rows: count, stride: inputs }, inputs, factors);
        to
    }

    #[wasm_bindgen_test]
    fn seven_bits_equal_their_scalar_twin() {
        for (count, inputs) in [(1, 8), (3, 64), (5, 72), (4, 128), (2, 384), (9, 136)] {
            let factors: Vec<f32> = random(9, inputs).iter().map(|x| x.abs() + 0.1).collect();
            let mut values = random(inputs as u64, count * inputs);
            // Groups on one side of zero, and one of zeros.
            values[..inputs].iter_mut().for_each(|x| *x = x.abs());
            values[(count - 1) * inputs..][..8].iter_mut().for_each(|x| *x = -x.abs());
            if count > 2 {
                values[inputs..][..inputs.min(64)].fill(0.0);
            }
            let found = quantized::<Uint7>(&values, count, &factors);
            for (index, row) in values.chunks(inputs).enumerate() {
                let groups =
                    row.chunks(64).zip(factors.chunks(64)).zip(found.row(index).chunks(64));
                for (group, ((row, factors), found_group)) in groups.enumerate() {
                    let at = group * found.between_groups() + index;
                    let (integers, scale, zero) = scalar(row, factors);
                    assert_eq!(found_group, integers, "{count} rows of {inputs}");
                    assert_eq!((found.group_scales[at], found.zeros[at]), (scale, zero));
                    assert!((0..=127).contains(&zero));
                    let unsigned = integers.iter().map(|x| x + zero);
                    assert!(unsigned.into_iter().all(|q| (0..=127).contains(&q)));
                }
                assert_eq!(found.scales[index], 1.0);
            }
        }
    }

    /// Both ends may round away from each other: then the largest would be 128.
    #[wasm_bindgen_test]
    fn no_integer_is_beyond_seven_bits() {
        let mut values = random(1, 64);
        (values[3], values[50]) = (-25.5, 101.5);
        let found = quantized::<Uint7>(&values, 1, &[1.0; 64]);
        assert_eq!((found.group_scales[0], found.zeros[0]), (1.0, 26));
        assert_eq!((found.row(0)[3], found.row(0)[50]), (-26, 101));
    }

    #[wasm_bindgen_test]
    fn numbers_that_are_not_finite_become_integers_in_range() {
        for odd in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -f32::MAX] {
            let mut values = random(3, 64);
            values[17] = odd;
            values[40] = -odd;
            let found = quantized::<Uint7>(&values, 1, &[2.0; 64]);
            let zero = found.zeros[0];
            assert!((0..=127).contains(&zero), "{odd}");
            assert!(found.row(0).iter().all(|q| (0..=127).contains(&(q + zero))), "{odd}");
        }
    }

    #[wasm_bindgen_test]
    fn fourteen_bits_have_one_scale_a_row() {
        let values = [1.0, -2.0, 0.5, 0.0, 0.0, 0.0, 0.0, 2.0];
        let found = quantized::<Int14>(&values, 1, &[0.0; 8]);
        assert_eq!(found.row(0), [4096, -8191, 2048, 0, 0, 0, 0, 8191]);
        assert_eq!(found.scales[0], 2.0 / 8191.0);
    }
}
