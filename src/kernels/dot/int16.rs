//! The inner loop of all int16 products, [`crate::matmul_int8`] and [`crate::attention_int16`]: a few
//! rows × one panel of eight outputs, for one group of inputs.
//!
//! # Layout
//! A panel has, for every pair of inputs (k, k + 1), sixteen int16: the pair of output 0, the pair of
//! output 1, … of output 7. One pair of a row is broadcast to all lanes, and `i32x4.dot_i16x8_s` gives
//! four outputs. Rows are packed likewise ([`pack_rows`]): tiles × pairs × rows of the tile × 2.
//! Stored weights are bytes in the same order.
//!
//! # Widening, and where weights come from
//! A panel's groups are widened one by one into a scratch of 2 KB that stays in the first-level
//! cache, and all rows read that. An encode streams all of a model's weights, 10.6 MB, through the
//! second-level cache; the short loop that widens a group has all of its 16 cache lines on their way
//! at once, where a tile's loop that widened for itself waited for every second or third.
//!
//! # Overflow
//! [`Dot::FITS`] holds for weights of int8. Attention, whose both sides are activations, shows for
//! itself that no group's sum, nor any part of it, leaves int32.
//!
//! # Tile
//! Four rows by two vectors of four outputs: eight accumulators, two weights and one activation fit
//! into the 15 vector registers that V8 has on x86-64; more accumulators spill. There are only whole
//! tiles: a tile of one row takes three quarters of the time of one of four, and one of three takes
//! more, so tiles of their own for what remains gain nothing (1 % of an encode of 9 tokens) and cost
//! a kilobyte. Each row's sums are formed in the same order in any tile, so a row's result does not
//! depend on its neighbours.
//!
//! # What it takes to get good machine code
//! Read off V8's code inside the engine; alone in a small module the same source can come out better.
//! - Nothing but the eight sums may be live across the loop: with the totals of the groups before in
//!   registers too, V8 kept those and spilled sums, twice a turn. So a tile is one group, and totals
//!   lie in memory, one load and one store for 64 pairs.
//! - Rows are packed, so that one pointer serves all four. A pointer for each row left too few
//!   general registers: three were spilled in every turn.
//! - A function of its own: the browser shares registers out over a whole function.

use super::Dot;
use crate::buffer::Buffer;
use crate::pack::{GROUP, PAIR, PANEL, PackedRows, TILE_ROWS, pack_rows, whole_tiles};
use crate::span::assert_holds;
use crate::vector::{F32x4, I16x8, I32x4};

/// Elements of a panel that meet one pair of inputs.
const STEP: usize = PANEL * PAIR;

/// int16 activations × int8 weights, widened to int16.
pub struct Int16;

/// What [`Int16`] works in.
#[derive(Default)]
pub struct Scratch {
    /// One group of a panel, widened.
    weights: Buffer<i16>,
    /// All rows, packed: tiles × pairs × rows of the tile × 2.
    rows: Buffer<i16>,
    tiles: usize,
    inputs: usize,
    /// Rows × [`PANEL`] sums over the groups so far.
    totals: Buffer<f32>,
}

impl Dot for Int16 {
    const PANEL: usize = PANEL;
    const INPUTS: usize = PAIR;
    type Scratch = Scratch;

    fn pack(values: &[i16], stride: usize, rows: usize, inputs: usize, scratch: &mut Scratch) {
        scratch.weights.grow(GROUP * PANEL);
        scratch.rows.grow(whole_tiles(rows) * inputs);
        scratch.totals.grow(whole_tiles(rows) * PANEL);
        scratch.tiles = pack_rows(values, stride, rows, inputs, &mut scratch.rows).tiles;
        scratch.inputs = inputs;
    }

    #[inline(always)]
    fn panel<'s>(
        weights: &[i8],
        _starts: &[i32],
        scales: &[f32],
        scratch: &'s mut Scratch,
    ) -> &'s [f32] {
        let () = Self::FITS;
        let Scratch { weights: wide, rows, tiles, inputs, totals } = scratch;
        let rows = PackedRows { values: rows, tiles: *tiles, inputs: *inputs };
        let groups = weights.chunks(GROUP * PANEL).zip(scales.chunks_exact(PANEL));
        for (group, (narrow, scales)) in groups.enumerate() {
            let wide = &mut wide[..narrow.len()];
            widen(narrow, wide);
            let tile = Tile { weights: wide, scales, begins: group == 0 };
            tile.run(&rows, group * GROUP, totals);
        }
        &totals[..*tiles * TILE_ROWS * PANEL]
    }
}

#[inline(never)]
fn widen(narrow: &[i8], wide: &mut [i16]) {
    assert!(narrow.len() == wide.len(), "{} bytes become {} int16", narrow.len(), wide.len());
    for (wide, narrow) in wide.chunks_exact_mut(8).zip(narrow.chunks_exact(8)) {
        I16x8::widened(narrow).store(wide);
    }
}

/// One group of a panel, for all rows.
pub struct Tile<'a> {
    /// Pairs of inputs × [`PANEL`] × 2.
    pub weights: &'a [i16],
    /// One for each of [`PANEL`] outputs.
    pub scales: &'a [f32],
    /// Whether this is the panel's first group: totals begin at zero then.
    pub begins: bool,
}

impl Tile<'_> {
    /// Adds the products of this group, whose first input is `first`, to `totals`, [`PANEL`] for
    /// each row of each tile.
    #[inline(never)]
    pub fn run(&self, rows: &PackedRows, first: usize, totals: &mut [f32]) {
        let inputs = self.weights.len() / PANEL;
        let stride = TILE_ROWS * rows.inputs;
        let from = &rows.values[TILE_ROWS * first..];
        assert!(
            self.weights.len() % STEP == 0 && self.scales.len() >= PANEL && rows.tiles > 0,
            "{} weights and {} scales are not a panel for {} tiles",
            self.weights.len(),
            self.scales.len(),
            rows.tiles
        );
        assert_holds("rows", from, rows.tiles, stride, inputs * TILE_ROWS);
        assert_holds("totals", totals, rows.tiles, TILE_ROWS * PANEL, TILE_ROWS * PANEL);
        // SAFETY: the asserts are what the function asks for.
        unsafe { run(self, from.as_ptr(), stride, totals.as_mut_ptr(), rows.tiles) }
    }
}

/// # Safety
/// `rows` must have `count` tiles, `stride` apart, of `2 * TILE_ROWS` readable values for each pair in
/// `tile.weights`, whole steps of it; `totals` `count * TILE_ROWS * PANEL` readable and writable
/// values; `tile.scales` [`PANEL`].
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
        let end = w.wrapping_add(tile.weights.len());
        let mut sums = [[I32x4::ZERO; 2]; TILE_ROWS];
        while w != end {
            // SAFETY: `w` is a step before `end`, `a` as many pairs into its tile.
            unsafe {
                let w0 = I16x8::load_at(w);
                let w1 = I16x8::load_at(w.add(8));
                for (row, sum) in sums.iter_mut().enumerate() {
                    let pair = I16x8::splat_pair_at(a.add(PAIR * row));
                    sum[0] = sum[0] + pair.dot(w0);
                    sum[1] = sum[1] + pair.dot(w1);
                }
                a = a.add(PAIR * TILE_ROWS);
                w = w.add(STEP);
            }
        }
        for half in 0..2 {
            // SAFETY: scales and totals as promised.
            unsafe {
                let scale = F32x4::load_at(tile.scales.as_ptr().add(4 * half));
                for (row, sum) in sums.iter().enumerate() {
                    let total = totals.add(row * PANEL + 4 * half);
                    let before = if tile.begins { F32x4::ZERO } else { F32x4::load_at(total) };
                    (before + sum[half].to_f32() * scale).store_at(total);
                }
            }
        }
        rows = rows.wrapping_add(stride);
        totals = totals.wrapping_add(TILE_ROWS * PANEL);
    }
}
