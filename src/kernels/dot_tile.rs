//! The inner loop of all int16 products, [`super::matmul_int8`] and [`super::attention_int16`]: a few
//! rows × one panel of eight outputs, for one group of inputs.
//!
//! # Layout
//! A panel has, for every pair of inputs (k, k + 1), sixteen int16: the pair of output 0, the pair of
//! output 1, … of output 7. One pair of a row is broadcast to all lanes, and `i32x4.dot_i16x8_s` gives
//! four outputs. Rows are packed likewise ([`pack_rows`]): tiles × pairs × rows of the tile × 2.
//!
//! # Overflow
//! Sums are int32. Whoever calls sees to it that no group's sum, nor any part of it, leaves their range.
//!
//! # Tile
//! Four rows by two vectors of four outputs: eight accumulators, two weights and one activation
//! fit into the 15 vector registers that V8 has on x86-64; more accumulators spill. There are only whole
//! tiles: a tile of one row takes three quarters of the time of one of four, and one of three takes more, so
//! tiles of their own for what remains gain nothing (1 % of an encode of 9 tokens) and cost a kilobyte.
//! Each row's sums are formed in the same order in any tile, so a row's result does not depend on its neighbours.
//!
//! # What it takes to get good machine code
//! Read off V8's code inside the engine; alone in a small module the same source can come out better.
//! - Nothing but the eight sums may be live across the loop: with the totals of the groups before in
//!   registers too, V8 kept those and spilled sums, twice a turn. So a tile is one group, and totals lie
//!   in memory, one load and one store for 64 pairs.
//! - Rows are packed, so that one pointer serves all four. A pointer for each row left too few general
//!   registers: three were spilled in every turn.
//! - A function of its own: the browser shares registers out over a whole function.

use super::require;
use super::simd::transpose;
use super::span::assert_holds;
use core::arch::wasm32::*;

/// Rows that pass together.
pub const TILE_ROWS: usize = 4;
/// Outputs that lie side by side in memory.
pub const PANEL: usize = 8;
/// Elements of a panel that meet one pair of inputs.
pub const PAIR: usize = 2 * PANEL;

/// One group of a panel, for all rows.
pub struct Tile<'a> {
    /// Pairs of inputs × [`PAIR`].
    pub weights: &'a [i16],
    /// One for each of [`PANEL`] outputs.
    pub scales: &'a [f32],
    /// Whether this is the panel's first group: totals begin at zero then.
    pub begins: bool,
}

/// Whole tiles of rows of `inputs` values, a multiple of 8, as [`pack_rows`] packs them.
pub struct PackedRows<'a> {
    pub values: &'a [i16],
    pub tiles: usize,
    pub inputs: usize,
}

impl Tile<'_> {
    /// Adds the products of this group, whose first pair of inputs is `first`, to `totals`, [`PANEL`] for
    /// each row of each tile.
    #[inline(never)]
    pub fn run(&self, rows: &PackedRows, first: usize, totals: &mut [f32]) {
        let pairs = self.weights.len() / PAIR;
        let stride = TILE_ROWS * rows.inputs;
        let from = &rows.values[2 * TILE_ROWS * first..];
        require!(self.weights.len() % PAIR == 0 && self.scales.len() >= PANEL && rows.tiles > 0);
        assert_holds("rows", from, rows.tiles, stride, pairs * 2 * TILE_ROWS);
        assert_holds("totals", totals, rows.tiles, TILE_ROWS * PANEL, TILE_ROWS * PANEL);
        // SAFETY: the asserts are what the function asks for.
        unsafe { run(self, from.as_ptr(), stride, totals.as_mut_ptr(), rows.tiles) }
    }
}

/// # Safety
/// `rows` must have `count` tiles, `stride` apart, of `2 * TILE_ROWS` readable values for each pair in
/// `tile.weights`; `totals` `count * TILE_ROWS * PANEL` readable and writable values; `tile.scales` [`PANEL`].
#[inline(never)]
unsafe fn run(
    tile: &Tile,
    mut rows: *const i16,
    stride: usize,
    mut totals: *mut f32,
    count: usize,
) {
    for _ in 0..count {
        let mut a = rows;
        let mut w = tile.weights.as_ptr();
        let end = w.add(tile.weights.len());
        let mut sums = [[i32x4_splat(0); 2]; TILE_ROWS];
        while w != end {
            let w0 = v128_load(w.cast());
            let w1 = v128_load(w.add(8).cast());
            for (row, sum) in sums.iter_mut().enumerate() {
                let pair = v128_load32_splat(a.add(2 * row).cast());
                sum[0] = i32x4_add(sum[0], i32x4_dot_i16x8(pair, w0));
                sum[1] = i32x4_add(sum[1], i32x4_dot_i16x8(pair, w1));
            }
            a = a.add(2 * TILE_ROWS);
            w = w.add(PAIR);
        }
        for half in 0..2 {
            let scale = v128_load(tile.scales.as_ptr().add(4 * half).cast());
            for (row, sum) in sums.iter().enumerate() {
                let total = totals.add(row * PANEL + 4 * half);
                let before = if tile.begins { f32x4_splat(0.0) } else { v128_load(total.cast()) };
                let scaled = f32x4_mul(f32x4_convert_i32x4(sum[half]), scale);
                v128_store(total.cast(), f32x4_add(before, scaled));
            }
        }
        rows = rows.wrapping_add(stride);
        totals = totals.add(TILE_ROWS * PANEL);
    }
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
    let packed = &mut packed[..whole_tiles(rows) * inputs];
    for (index, tile) in packed.chunks_exact_mut(TILE_ROWS * inputs).enumerate() {
        let first = TILE_ROWS * index;
        pack_four(&values[first * stride..], stride, rows - first, inputs, tile, 2 * TILE_ROWS);
    }
    PackedRows { values: packed, tiles: rows.div_ceil(TILE_ROWS), inputs }
}

/// Four of `count` rows, pair by pair: eight values for each pair, `step` apart. The last row stands for
/// those that are not there.
#[inline(never)]
pub fn pack_four(
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
        // SAFETY: eight int16 are sixteen readable bytes.
        let loaded = rows.map(|row| unsafe { v128_load(row[8 * k..][..8].as_ptr().cast()) });
        for (to, pair) in block.chunks_mut(step).zip(transpose(loaded)) {
            // SAFETY: `to` has eight int16: sixteen writable bytes.
            unsafe { v128_store(to[..8].as_mut_ptr().cast(), pair) };
        }
    }
}
