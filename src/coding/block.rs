//! A block: some rows of one tensor.
//!
//! # Bytes
//! The [`Checksum`] of the content, the eight states, the words. The content, in the order in which
//! it is decoded: for each row the difference of its step's code to that of the row before (table
//! 0), for each row its class (table 1), and then the rows' values plus 128 (table 2 + class).

use crate::Damage;
use crate::checksum::Checksum;
use crate::rans::{Decoder, STATES, WORD};
use crate::tables::Tables;

/// Values of a block at most, unless one row has more: 256 KB once decoded, about half of that
/// coded.
const VALUES: usize = 1 << 18;
pub const STEP_TABLE: usize = 0;
pub const CLASS_TABLE: usize = 1;
/// Table of the rows of class 0.
pub const ROW_TABLES: usize = 2;
/// What a value has added to it to become a symbol.
pub const OFFSET: u8 = 128;
pub const CHECKSUM: usize = size_of::<u64>();

/// Rows in each block of a tensor with rows of `width` values; the last block has what is left.
pub fn rows_per_block(width: usize) -> usize {
    (VALUES / width.max(1)).max(1)
}

/// The fewest bytes that a block has, and the most that one of `rows` rows of `width` values can
/// have: no symbol takes more than one word.
pub fn length_bounds(rows: usize, width: usize) -> (usize, usize) {
    let fixed = CHECKSUM + STATES;
    let symbols = rows.saturating_mul(width.saturating_add(2));
    (fixed, symbols.saturating_mul(WORD).saturating_add(fixed))
}

/// Decodes a block of `rows` rows of `width` values into `row(index, step code, values)`. The rows
/// have been handed out when damage is found: they count only if the whole block is sound.
pub fn decode(
    tables: &Tables,
    bytes: &[u8],
    rows: usize,
    width: usize,
    mut row: impl FnMut(usize, u8, &[i8]),
) -> Result<(), Damage> {
    let (expected, coded) = bytes.split_first_chunk().ok_or(Damage::TooShort)?;
    let mut decoder = Decoder::new(coded)?;
    let mut sum = Checksum::new();
    let mut column = |table| {
        let mut column = vec![0; rows];
        decoder.row(tables.get(table).ok_or(Damage::Class)?, &mut column)?;
        sum.add(&column);
        Ok(column)
    };
    let (steps, classes) = (column(STEP_TABLE)?, column(CLASS_TABLE)?);
    let mut symbols = vec![0; width];
    let mut values = vec![0; width];
    let mut step = 0u8;
    for (index, (&difference, &class)) in steps.iter().zip(&classes).enumerate() {
        step = step.wrapping_add(difference);
        let table = tables.get(ROW_TABLES + usize::from(class)).ok_or(Damage::Class)?;
        decoder.row(table, &mut symbols)?;
        sum.add(&symbols);
        for (value, &symbol) in values.iter_mut().zip(&symbols) {
            *value = symbol.wrapping_sub(OFFSET) as i8;
        }
        row(index, step, &values);
    }
    decoder.finish()?;
    if sum.value() != u64::from_le_bytes(*expected) {
        return Err(Damage::Checksum);
    }
    Ok(())
}
