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
//! at once, where a tile's loop that widened for itself waited for every second or third. While it
//! waits it has time for the products of one row or two, and multiplies those of the last tile.
//!
//! # Overflow
//! [`Dot::FITS`] holds for weights of int8. Attention, whose both sides are activations, shows for
//! itself that no group's sum, nor any part of it, leaves int32.
//!
//! # Tile
//! Four rows by two vectors of four outputs: eight accumulators, two weights and one activation fit
//! into the 15 vector registers that V8 has on x86-64; more accumulators spill. One or two rows that
//! remain are multiplied while weights are widened; of three the other two follow as a tile of two.
//! Each row's sums are formed in the same order in any tile, so a row's result does not depend on its
//! neighbours.
//!
//! # What it takes to get good machine code
//! Read off V8's code inside the engine; alone in a small module the same source can come out better.
//! - Nothing but the eight sums may be live across the loop: with the totals of the groups before in
//!   registers too, V8 kept those and spilled sums, twice a turn. So a tile is one group, and totals
//!   lie in memory, one load and one store for 64 pairs.
//! - Rows are packed, so that one pointer serves all four. A pointer for each row left too few
//!   general registers: three were spilled in every turn.
//! - A function of its own: the browser shares registers out over a whole function.

use super::{Dot, Form, QuantizedRows};
use crate::buffer::Buffer;
use crate::pack::{PAIR, PANEL, PackedRows, TILE_ROWS, pack_rows, whole_tiles};
use crate::span::assert_holds;
use crate::vector::{F32x4, I16x8, I32x4};
use core::marker::PhantomData;
use core::ops::Range;

/// Elements of a panel that meet one pair of inputs.
const STEP: usize = PANEL * PAIR;

/// Activations in int16 × int8 weights, widened to int16.
pub struct Int16<F>(PhantomData<F>);

/// What [`Int16`] works in.
#[derive(Default)]
pub struct Scratch {
    /// One group of a panel, widened.
    weights: Buffer<i16>,
    /// All rows, packed: tiles × pairs × rows of the tile × 2.
    rows: Buffer<i16>,
    /// Rows of whole tiles × [`PANEL`] sums over the groups so far.
    totals: Buffer<f32>,
}

impl<F: Form> Dot for Int16<F> {
    type Form = F;
    const PANEL: usize = PANEL;
    const INPUTS: usize = PAIR;
    type Scratch = Scratch;

    fn pack(rows: &QuantizedRows, scratch: &mut Scratch) {
        let QuantizedRows { count, inputs, .. } = *rows;
        scratch.weights.grow(F::GROUP * PANEL);
        scratch.rows.grow(whole_tiles(count) * inputs);
        scratch.totals.grow(whole_tiles(count) * PANEL);
        pack_rows(&rows.values, inputs, count, inputs, &mut scratch.rows);
    }

    #[inline(always)]
    fn panel<'s>(
        weights: &[i8],
        _starts: &[i32],
        scales: &[f32],
        rows: &QuantizedRows,
        scratch: &'s mut Scratch,
    ) -> &'s [f32] {
        let () = Self::FITS;
        let Scratch { weights: wide, rows: packed, totals } = scratch;
        let QuantizedRows { count, inputs, ref group_scales, .. } = *rows;
        let whole = count / TILE_ROWS;
        let (tiles, last) = packed.split_at(whole * TILE_ROWS * inputs);
        let tiles = PackedRows { values: tiles, tiles: whole, inputs };
        let (tile_totals, last_totals) = totals.split_at_mut(whole * TILE_ROWS * PANEL);
        let groups = weights.chunks(F::GROUP * PANEL).zip(scales.chunks_exact(PANEL));
        for (group, (narrow, scales)) in groups.enumerate() {
            let (first, begins) = (group * F::GROUP, group == 0);
            let wide = &mut wide[..narrow.len()];
            let row_scales = match F::BY_GROUP {
                true => &group_scales[group * rows.between_groups()..],
                false => &[],
            };
            match count % TILE_ROWS {
                0 => widen(narrow, wide),
                rest => {
                    let last = &last[TILE_ROWS * first..];
                    let row_scales =
                        if F::BY_GROUP { &row_scales[whole * TILE_ROWS..] } else { &[] };
                    let widening = Widening { narrow, wide, scales, row_scales, begins };
                    widening.run::<F>(last, rest, last_totals);
                }
            }
            if whole > 0 {
                let tile = Tile { weights: wide, scales, row_scales, begins };
                tile.run::<F>(&tiles, first, tile_totals);
            }
        }
        &totals[..count * PANEL]
    }
}

/// What [`widen`] takes in a turn: one vector a turn would spend as much time on counting.
const TURN: usize = 2 * STEP;

#[inline(never)]
fn widen(narrow: &[i8], wide: &mut [i16]) {
    assert!(
        narrow.len() == wide.len() && narrow.len() % TURN == 0,
        "{} bytes do not become {} int16",
        narrow.len(),
        wide.len()
    );
    for (wide, narrow) in wide.chunks_exact_mut(TURN).zip(narrow.chunks_exact(TURN)) {
        for (wide, narrow) in wide.chunks_exact_mut(8).zip(narrow.chunks_exact(8)) {
            I16x8::widened(narrow).store(wide);
        }
    }
}

/// One group of a panel that is still to be widened, for the rows of a tile that is not whole.
struct Widening<'a> {
    /// As [`Tile::weights`], in bytes.
    narrow: &'a [i8],
    /// As many.
    wide: &'a mut [i16],
    /// As [`Tile::scales`].
    scales: &'a [f32],
    /// As [`Tile::row_scales`].
    row_scales: &'a [f32],
    /// As [`Tile::begins`].
    begins: bool,
}

impl Widening<'_> {
    /// Widens, and adds the products of the first `count` rows, 1 to 3, of a packed tile to `totals`.
    #[inline(always)]
    fn run<F: Form>(self, rows: &[i16], count: usize, totals: &mut [f32]) {
        let Widening { narrow, wide, scales, row_scales, begins } = self;
        let inputs = narrow.len() / PANEL;
        assert!(
            narrow.len() % STEP == 0 && wide.len() == narrow.len() && scales.len() >= PANEL,
            "{} weights and {} scales are not a panel, or do not become {} int16",
            narrow.len(),
            scales.len(),
            wide.len()
        );
        assert_holds("rows", rows, 1, 0, inputs * TILE_ROWS);
        assert_holds("totals", totals, count, PANEL, PANEL);
        assert!(!F::BY_GROUP || row_scales.len() >= count, "too few scales for {count} rows");
        let (from, to) = (narrow.as_ptr_range(), wide.as_mut_ptr());
        let (rows, totals) = (rows.as_ptr(), totals.as_mut_ptr());
        // SAFETY: the asserts are what the functions ask for.
        unsafe {
            let run_widening = F::RUN_WIDENING[usize::from(count == 2)];
            run_widening(from, to, rows, scales, row_scales.as_ptr(), begins, totals);
            if count == 3 {
                let row_scales = if F::BY_GROUP { &row_scales[1..] } else { &[] };
                let tile = Tile { weights: wide, scales, row_scales, begins };
                run::<2, F>(&tile, rows.add(PAIR), 0, totals.add(PANEL), 1);
            }
        }
    }
}

type RunWidening = unsafe fn(
    Range<*const i8>,
    *mut i16,
    *const i16,
    scales: &[f32],
    row_scales: *const f32,
    begins: bool,
    *mut f32,
);

/// For one row and for two. They are called through the table, because wasm-opt copies a function
/// with a single call into its caller, and the browser shares registers out over a whole function.
trait Run: Form {
    const RUN_WIDENING: [RunWidening; 2];
}

impl<F: Form> Run for F {
    const RUN_WIDENING: [RunWidening; 2] = [run_widening::<1, F>, run_widening::<2, F>];
}

/// One group of a panel, for all rows.
pub struct Tile<'a> {
    /// Pairs of inputs × [`PANEL`] × 2.
    pub weights: &'a [i16],
    /// One for each of [`PANEL`] outputs.
    pub scales: &'a [f32],
    /// This group's scale in each row, where the form has them.
    pub row_scales: &'a [f32],
    /// Whether this is the panel's first group: totals begin at zero then.
    pub begins: bool,
}

impl Tile<'_> {
    /// Adds the products of this group, whose first input is `first`, to `totals`, [`PANEL`] for
    /// each row of each tile. Of `F` counts whether groups have scales in each row: attention's have none,
    /// as those of [`super::Int14`].
    #[inline(never)]
    pub fn run<F: Form>(&self, rows: &PackedRows, first: usize, totals: &mut [f32]) {
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
        assert!(
            !F::BY_GROUP || self.row_scales.len() >= rows.tiles * TILE_ROWS,
            "too few scales for {} tiles",
            rows.tiles
        );
        // SAFETY: the asserts are what the function asks for.
        unsafe { run::<TILE_ROWS, F>(self, from.as_ptr(), stride, totals.as_mut_ptr(), rows.tiles) }
    }
}

/// Multiplies the first `ROWS` rows of each tile.
///
/// # Safety
/// `rows` must have `count` tiles, `stride` apart, of `2 * TILE_ROWS` values for each pair in
/// `tile.weights`, whole steps of it, of which those of the first `ROWS` rows are read; `totals` as
/// many readable and writable values, `TILE_ROWS * PANEL` apart; `tile.scales` [`PANEL`];
/// `tile.row_scales` one for each row, [`TILE_ROWS`] apart for two tiles, where `F` has them.
#[inline(never)]
unsafe fn run<const ROWS: usize, F: Form>(
    tile: &Tile,
    mut rows: *const i16,
    stride: usize,
    mut totals: *mut f32,
    count: usize,
) {
    let mut row_scales = tile.row_scales.as_ptr();
    for _ in 0..count {
        // SAFETY: as promised.
        unsafe {
            let sums = sums::<ROWS, i16>(rows, tile.weights.as_ptr_range(), |w| {
                [I16x8::load_at(w), I16x8::load_at(w.add(8))]
            });
            add::<ROWS, F>(&sums, tile.scales, row_scales, tile.begins, totals);
        }
        rows = rows.wrapping_add(stride);
        row_scales = row_scales.wrapping_add(TILE_ROWS);
        totals = totals.wrapping_add(TILE_ROWS * PANEL);
    }
}

/// Widens `weights` into `wide` on their way to the first `ROWS` rows of a tile.
///
/// # Safety
/// `weights` must be readable, whole steps of it, and `wide` writable for as many; `rows` as in
/// [`run`]; `totals` must have `ROWS * PANEL` values; `scales` [`PANEL`]; `row_scales` `ROWS`, where `F`
/// has them.
#[inline(never)]
unsafe fn run_widening<const ROWS: usize, F: Form>(
    weights: Range<*const i8>,
    mut wide: *mut i16,
    rows: *const i16,
    scales: &[f32],
    row_scales: *const f32,
    begins: bool,
    totals: *mut f32,
) {
    // SAFETY: as promised.
    unsafe {
        let sums = sums::<ROWS, i8>(rows, weights, |w| {
            let both = [I16x8::widened_at(w), I16x8::widened_at(w.add(8))];
            both[0].store_at(wide);
            both[1].store_at(wide.add(8));
            wide = wide.add(STEP);
            both
        });
        add::<ROWS, F>(&sums, scales, row_scales, begins, totals);
    }
}

/// The sums of a group's products with the first `ROWS` rows of a tile; `load` gives the weights of
/// a step.
///
/// # Safety
/// What `load` asks for must hold for every step in `weights`, which are whole ones; `rows` must have
/// `2 * TILE_ROWS` values for each, of which those of the first `ROWS` rows are read.
#[inline(always)]
unsafe fn sums<const ROWS: usize, W>(
    mut rows: *const i16,
    weights: Range<*const W>,
    mut load: impl FnMut(*const W) -> [I16x8; 2],
) -> [[I32x4; 2]; ROWS] {
    let mut sums = [[I32x4::ZERO; 2]; ROWS];
    let mut w = weights.start;
    while w != weights.end {
        let both = load(w);
        // SAFETY: `w` is a step before the end, `rows` as many pairs into its tile.
        unsafe {
            for (row, sum) in sums.iter_mut().enumerate() {
                let pair = I16x8::splat_pair_at(rows.add(PAIR * row));
                sum[0] = sum[0] + pair.dot(both[0]);
                sum[1] = sum[1] + pair.dot(both[1]);
            }
            rows = rows.add(PAIR * TILE_ROWS);
            w = w.add(STEP);
        }
    }
    sums
}

/// Adds `sums`, scaled, to `totals`.
///
/// # Safety
/// `totals` must have `ROWS * PANEL` readable and writable values, `scales` [`PANEL`], `row_scales`
/// `ROWS`, where `F` has them.
#[inline(always)]
unsafe fn add<const ROWS: usize, F: Form>(
    sums: &[[I32x4; 2]; ROWS],
    scales: &[f32],
    row_scales: *const f32,
    begins: bool,
    totals: *mut f32,
) {
    for half in 0..2 {
        // SAFETY: as promised.
        unsafe {
            let scale = F32x4::load_at(scales.as_ptr().add(4 * half));
            for (row, sum) in sums.iter().enumerate() {
                let total = totals.add(row * PANEL + 4 * half);
                let before = if begins { F32x4::ZERO } else { F32x4::load_at(total) };
                let mut value = sum[half].to_f32() * scale;
                if F::BY_GROUP {
                    value = value * F32x4::splat_at(row_scales.add(row));
                }
                (before + value).store_at(total);
            }
        }
    }
}
