//! How matrices lie in memory for the loops that read them: tiles of rows, panels of outputs.
//!
//! A panel holds outputs side by side, step by step along the inputs, so that one vector load gives
//! the weights of several outputs. A tile holds rows side by side in the same way, so that one
//! pointer serves all of them. Whatever is packed is padded to whole panels and tiles here, so that
//! the loops only see whole ones.

use crate::buffer::{Buffer, OutOfMemory};
use crate::span::assert_holds;
use crate::vector::I16x8;

/// Rows that pass together.
pub const TILE_ROWS: usize = 4;
/// Outputs that lie side by side in memory.
pub const PANEL: usize = 8;
/// Inputs that are multiplied together in one lane of an int16 dot product.
pub const PAIR: usize = 2;
/// Inputs whose products are summed up as integers and share one scale.
pub const GROUP: usize = 128;

/// Whole tiles of rows, as [`pack_rows`] packs them.
pub struct PackedRows<'a> {
    /// Tiles × pairs of inputs × [`TILE_ROWS`] × 2.
    pub values: &'a [i16],
    /// How many tiles there are.
    pub tiles: usize,
    /// Inputs of a row, a multiple of 8.
    pub inputs: usize,
}

/// `rows` rounded up to whole tiles.
pub fn whole_tiles(rows: usize) -> usize {
    rows.next_multiple_of(TILE_ROWS)
}

/// Packs `rows` rows of `inputs` values, a multiple of 8, `stride` apart, into whole tiles. The last
/// row stands for those that the last tile lacks.
#[inline(never)]
pub fn pack_rows<'a>(
    values: &[i16],
    stride: usize,
    rows: usize,
    inputs: usize,
    packed: &'a mut [i16],
) -> PackedRows<'a> {
    assert_holds("rows", values, rows, stride, inputs);
    let packed = &mut packed[..whole_tiles(rows) * inputs];
    for (index, tile) in packed.chunks_exact_mut(TILE_ROWS * inputs).enumerate() {
        let first = TILE_ROWS * index;
        let rows = rows - first;
        interleave_rows(&values[first * stride..], stride, rows, inputs, tile, TILE_ROWS * PAIR);
    }
    PackedRows { values: packed, tiles: rows.div_ceil(TILE_ROWS), inputs }
}

/// The first four of `count` rows, pair by pair: eight values for each pair, the pairs `step` apart.
/// The last row stands for those that are not there.
#[inline(never)]
pub fn interleave_rows(
    values: &[i16],
    stride: usize,
    count: usize,
    inputs: usize,
    packed: &mut [i16],
    step: usize,
) {
    let row = |r: usize| &values[r.min(count - 1) * stride..][..inputs];
    let rows = [row(0), row(1), row(2), row(3)];
    for (k, block) in packed.chunks_mut(4 * step).take(inputs / 8).enumerate() {
        let pairs = I16x8::transposed_pairs(rows.map(|row| I16x8::load(&row[8 * k..][..8])));
        for (to, pair) in block.chunks_mut(step).zip(pairs) {
            pair.store(to);
        }
    }
}

/// Copies `row` into every `step`th place of `panel`, `run` elements at a time.
#[inline]
pub fn scatter<T: Copy>(row: &[T], run: usize, panel: &mut [T], step: usize) {
    match run {
        2 => scatter_runs::<T, 2>(row, panel, step),
        4 => scatter_runs::<T, 4>(row, panel, step),
        _ => scatter_any(row, run, panel, step),
    }
}

/// A run of a known length is one load and one store instead of a call: a model is loaded in a third of
/// the time.
fn scatter_runs<T: Copy, const RUN: usize>(row: &[T], panel: &mut [T], step: usize) {
    let count = row.len() / RUN;
    let (runs, rest) = row.split_at(count * RUN);
    for (from, to) in runs.chunks_exact(RUN).zip(panel.chunks_mut(step)) {
        to[..RUN].copy_from_slice(&from[..RUN]);
    }
    if !rest.is_empty() {
        scatter_any(rest, RUN, &mut panel[count * step..], step);
    }
}

fn scatter_any<T: Copy>(row: &[T], run: usize, panel: &mut [T], step: usize) {
    debug_assert!(row.len().div_ceil(run) <= panel.len().div_ceil(step));
    for (from, to) in row.chunks(run).zip(panel.chunks_mut(step)) {
        to[..from.len()].copy_from_slice(from);
    }
}

/// The inverse of [`scatter`].
#[inline]
pub fn gather<T: Copy>(panel: &[T], step: usize, run: usize, row: &mut [T]) {
    match run {
        2 => gather_runs::<T, 2>(panel, step, row),
        4 => gather_runs::<T, 4>(panel, step, row),
        _ => gather_any(panel, step, run, row),
    }
}

fn gather_runs<T: Copy, const RUN: usize>(panel: &[T], step: usize, row: &mut [T]) {
    let count = row.len() / RUN;
    let (runs, rest) = row.split_at_mut(count * RUN);
    for (to, from) in runs.chunks_exact_mut(RUN).zip(panel.chunks(step)) {
        to[..RUN].copy_from_slice(&from[..RUN]);
    }
    if !rest.is_empty() {
        gather_any(&panel[count * step..], step, RUN, rest);
    }
}

fn gather_any<T: Copy>(panel: &[T], step: usize, run: usize, row: &mut [T]) {
    debug_assert!(row.len().div_ceil(run) <= panel.len().div_ceil(step));
    for (to, from) in row.chunks_mut(run).zip(panel.chunks(step)) {
        let len = to.len();
        to.copy_from_slice(&from[..len]);
    }
}

/// A zeroed buffer for `panels` panels of `each` elements; `name` is for the error.
pub fn zeroed_panels<T: crate::buffer::Number>(
    panels: usize,
    each: Option<usize>,
    name: &str,
) -> Result<Buffer<T>, OutOfMemory> {
    match each.and_then(|each| panels.checked_mul(each)) {
        Some(len) => Buffer::zeroed(len, name),
        None => Err(OutOfMemory { what: name.to_owned(), bytes: u64::MAX }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Canaried;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn rows_are_packed_pair_by_pair_and_the_last_one_fills_the_tile() {
        for (rows, inputs, stride) in
            [(1, 8, 8), (3, 8, 16), (4, 16, 16), (5, 24, 24), (8, 8, 24), (9, 128, 136)]
        {
            let value = |row: usize, k: usize| (row * 1000 + k) as i16;
            let mut values = vec![-1; (rows - 1) * stride + inputs];
            for row in 0..rows {
                (0..inputs).for_each(|k| values[row * stride + k] = value(row, k));
            }
            let mut out = Canaried::new(whole_tiles(rows) * inputs, i16::MIN);
            let packed = pack_rows(&values, stride, rows, inputs, out.inner());
            assert_eq!((packed.tiles, packed.inputs), (rows.div_ceil(4), inputs));
            for tile in 0..packed.tiles {
                for pair in 0..inputs / 2 {
                    for row in 0..TILE_ROWS {
                        for odd in 0..2 {
                            let at = tile * TILE_ROWS * inputs + pair * 8 + row * 2 + odd;
                            let expected =
                                value((tile * TILE_ROWS + row).min(rows - 1), 2 * pair + odd);
                            assert_eq!(packed.values[at], expected);
                        }
                    }
                }
            }
            out.check();
        }
    }

    #[wasm_bindgen_test]
    fn what_is_scattered_can_be_gathered_and_nothing_else_is_touched() {
        for run in [1, 2, 4] {
            for len in [0, 1, 2, 3, 4, 7, 8, 9] {
                let row: Vec<i8> = (1..=len).collect();
                let mut panel = vec![0; 16 * (len as usize).div_ceil(run)];
                scatter(&row, run, &mut panel, 16);
                assert_eq!(panel.iter().filter(|&&x| x != 0).count(), len as usize);
                for (i, &x) in row.iter().enumerate() {
                    assert_eq!(panel[i / run * 16 + i % run], x);
                }
                let mut again = vec![0; len as usize];
                gather(&panel, 16, run, &mut again);
                assert_eq!(again, row);
            }
        }
    }
}
