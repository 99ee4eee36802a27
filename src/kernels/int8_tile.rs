//! The inner loop of [`super::matmul_int8`]: a few rows × one group of one panel of eight outputs.
//!
//! # Tile
//! Four rows by two vectors of four outputs: eight accumulators, two weights and one activation
//! fit into the 15 vector registers that V8 has on x86-64; more accumulators spill. The three
//! lower tiles take what remains. Each row's sums are formed in the same order whatever the tile's
//! height, so a row's result does not depend on its neighbours.
//!
//! # What it takes to get good machine code
//! Read off V8's code inside the engine; alone in a small module the same source can come out better.
//! - Nothing but the eight sums may be live across the loop: with the totals of the groups before in
//!   registers too, V8 kept those and spilled sums, twice a turn. So a tile is one group, and totals lie
//!   in memory, one load and one store for 64 pairs.
//! - Rows are packed, so that one pointer serves all four. A pointer for each row left too few general
//!   registers: three were spilled in every turn.
//! - A function of its own for each height, reached through a table so that neither rustc nor wasm-opt
//!   inlines it: the browser shares registers out over a whole function.

use super::matmul_int8::{GROUP, PANEL};
use super::require;
use core::arch::wasm32::*;

/// Rows that pass together.
pub const TILE_ROWS: usize = 4;
/// Pairs of inputs that share one scale.
pub const GROUP_PAIRS: usize = GROUP / 2;
/// Weights that meet one pair of inputs.
pub const PAIR: usize = 2 * PANEL;

/// One group of a panel, for all rows of one height.
pub struct Tile<'a> {
    /// Pairs of inputs × [`PAIR`] weights, widened to int16; at most [`GROUP_PAIRS`] pairs.
    pub weights: &'a [i16],
    /// One for each of [`PANEL`] outputs.
    pub scales: &'a [f32],
    /// Whether this is the panel's first group: totals begin at zero then.
    pub begins: bool,
}

/// Tiles of one height: `count` of them, `stride` int16 apart.
type Run = unsafe fn(&Tile, rows: *const i16, stride: usize, totals: *mut f32, count: usize);

/// By the number of rows, less one.
static RUN: [Run; TILE_ROWS] = [run::<1>, run::<2>, run::<3>, run::<4>];

impl Tile<'_> {
    /// Adds this group's products to `totals`, [`PANEL`] for each of `count * height` rows. `rows` has
    /// `count` tiles, `stride` apart, of pairs of inputs × `height` rows × 2.
    #[inline(always)]
    pub fn run(
        &self,
        height: usize,
        rows: &[i16],
        stride: usize,
        totals: &mut [f32],
        count: usize,
    ) {
        let pairs = self.weights.len() / PAIR;
        require!((1..=TILE_ROWS).contains(&height) && self.weights.len() % PAIR == 0);
        require!(count > 0 && self.scales.len() >= PANEL && pairs <= GROUP_PAIRS);
        require!(rows.len() >= (count - 1) * stride + pairs * height * 2);
        require!(totals.len() >= count * height * PANEL);
        // SAFETY: the asserts are what the function asks for.
        unsafe {
            RUN[height - 1](self, rows.as_ptr(), stride, totals.as_mut_ptr(), count);
        }
    }
}

/// # Safety
/// `rows` must have `count` tiles, `stride` apart, of `2 * ROWS` readable values for each pair in
/// `tile.weights`; `totals` `count * ROWS * PANEL` readable and writable values; `tile.scales` [`PANEL`].
#[inline(never)]
unsafe fn run<const ROWS: usize>(
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
        let mut sums = [[i32x4_splat(0); 2]; ROWS];
        while w != end {
            let w0 = v128_load(w.cast());
            let w1 = v128_load(w.add(8).cast());
            for (row, sum) in sums.iter_mut().enumerate() {
                let pair = v128_load32_splat(a.add(2 * row).cast());
                sum[0] = i32x4_add(sum[0], i32x4_dot_i16x8(pair, w0));
                sum[1] = i32x4_add(sum[1], i32x4_dot_i16x8(pair, w1));
            }
            a = a.add(2 * ROWS);
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
        totals = totals.add(ROWS * PANEL);
    }
}
