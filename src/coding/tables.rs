//! Tables of frequencies, one for each class of rows.
//!
//! # Bytes
//! The number of tables, then each table: its first symbol, the number of its symbols less one, and
//! their frequencies, which add up to [`TOTAL`]. A frequency is one byte below 128, else two: the
//! low seven bits with the highest bit set, then the rest.

use crate::Damage;
use crate::rans::{Slot, TOTAL};

/// Symbols of a table at most: all values of a byte.
pub const SYMBOLS: usize = 256;
const MORE: u8 = 0x80;

/// Frequencies of the 256 symbols. No symbol has all of [`TOTAL`]: its slots could not say so.
pub type Frequencies = [u16; SYMBOLS];

/// Every class's table, in the form that the decoder looks up.
#[derive(Default)]
pub struct Tables(Vec<Box<[Slot; TOTAL]>>);

impl Tables {
    /// Reads what [`write`] wrote.
    pub fn read(bytes: &[u8]) -> Result<Self, Damage> {
        let mut bytes = bytes.iter().copied();
        let mut next = || bytes.next().ok_or(Damage::TooShort);
        let mut tables = Vec::new();
        for _ in 0..next()? {
            let (first, last) = (next()?, next()?);
            let symbols = usize::from(first)..=usize::from(first) + usize::from(last);
            let mut slots = Box::new([Slot::default(); TOTAL]);
            let mut start = 0;
            for symbol in symbols {
                let symbol = u8::try_from(symbol).map_err(|_| Damage::Table)?;
                let low = next()?;
                let frequency = match low & MORE {
                    0 => usize::from(low),
                    _ => usize::from(low & !MORE) | usize::from(next()?) << 7,
                };
                let end = start + frequency;
                if frequency >= TOTAL || end > TOTAL {
                    return Err(Damage::Table);
                }
                for (offset, slot) in slots[start..end].iter_mut().enumerate() {
                    *slot = Slot::new(symbol, frequency as u32, offset as u32);
                }
                start = end;
            }
            if start != TOTAL {
                return Err(Damage::Table);
            }
            tables.push(slots);
        }
        match bytes.next() {
            Some(_) => Err(Damage::TooLong),
            None => Ok(Tables(tables)),
        }
    }

    pub fn get(&self, index: usize) -> Option<&[Slot; TOTAL]> {
        self.0.get(index).map(|table| &**table)
    }
}

/// The bytes of at most 255 tables, each with frequencies that add up to [`TOTAL`].
pub fn write(tables: &[Frequencies]) -> Vec<u8> {
    let mut bytes = vec![u8::try_from(tables.len()).expect("at most 255 tables")];
    for table in tables {
        let used = |frequency: &u16| *frequency > 0;
        let first = table.iter().position(used).expect("a table has a symbol");
        let last = table.iter().rposition(used).unwrap_or(first);
        bytes.extend([first as u8, (last - first) as u8]);
        for &frequency in &table[first..=last] {
            match u8::try_from(frequency) {
                Ok(short) if short & MORE == 0 => bytes.push(short),
                _ => bytes.extend([frequency as u8 | MORE, (frequency >> 7) as u8]),
            }
        }
    }
    bytes
}

/// The frequencies closest to `counts`: every symbol that occurs has at least 1. At least one must.
pub fn normalise(counts: &[u64; SYMBOLS]) -> Frequencies {
    let total: u64 = counts.iter().sum();
    let mut frequencies = [0u16; SYMBOLS];
    let mut sum = 0i64;
    for (frequency, &count) in frequencies.iter_mut().zip(counts) {
        if count > 0 {
            let exact =
                (u128::from(count) * TOTAL as u128 + u128::from(total) / 2) / u128::from(total);
            *frequency = exact.clamp(1, TOTAL as u128 - 1) as u16;
            sum += i64::from(*frequency);
        }
    }
    let only = counts.iter().filter(|&&count| count > 0).count() == 1;
    if let (true, Some(symbol)) = (only, counts.iter().position(|&count| count > 0)) {
        frequencies[(symbol + 1) % SYMBOLS] = 1;
        return frequencies;
    }
    while sum != TOTAL as i64 {
        let up = sum < TOTAL as i64;
        // Bits that one more, or one less, costs or saves this symbol's occurrences.
        let change = |symbol: usize| {
            let frequency = f64::from(frequencies[symbol]);
            let changed = if up { frequency + 1.0 } else { frequency - 1.0 };
            counts[symbol] as f64 * (frequency / changed).ln()
        };
        let candidates =
            (0..SYMBOLS).filter(|&s| if up { counts[s] > 0 } else { frequencies[s] > 1 });
        let best = candidates.min_by(|&a, &b| change(a).total_cmp(&change(b)));
        let Some(best) = best else { break };
        let step = if up { 1 } else { -1 };
        frequencies[best] = (i64::from(frequencies[best]) + step) as u16;
        sum += step;
    }
    frequencies
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Random, test};

    fn counts(pairs: &[(u8, u64)]) -> [u64; SYMBOLS] {
        let mut counts = [0; SYMBOLS];
        pairs.iter().for_each(|&(symbol, count)| counts[usize::from(symbol)] = count);
        counts
    }

    fn sum(frequencies: &Frequencies) -> usize {
        frequencies.iter().map(|&f| usize::from(f)).sum()
    }

    test! {
        fn frequencies_add_up_and_leave_nobody_out() {
            let all = std::array::from_fn(|i| 1 + i as u64 * i as u64);
            let skewed = counts(&[(0, u64::MAX / 8), (7, 1), (255, 3)]);
            for counts in [all, skewed, counts(&[(9, 1), (8, 1)]), [1; SYMBOLS]] {
                let frequencies = normalise(&counts);
                assert_eq!(sum(&frequencies), TOTAL);
                for (frequency, count) in frequencies.iter().zip(counts) {
                    assert_eq!(*frequency > 0, count > 0);
                }
            }
            let one = normalise(&counts(&[(255, 5)]));
            assert_eq!((one[255], one[0], sum(&one)), (4095, 1, TOTAL));
        }

        fn tables_are_read_as_they_were_written() {
            let mut random = Random::new(1);
            let tables: Vec<Frequencies> = (0..40)
                .map(|spread| normalise(&counts(&random.pairs(1 + spread))))
                .collect();
            let bytes = write(&tables);
            let read = Tables::read(&bytes).unwrap();
            for (index, table) in tables.iter().enumerate() {
                let mut found = [0u16; SYMBOLS];
                for slot in read.get(index).unwrap() {
                    found[usize::from(slot.symbol())] += 1;
                    assert_eq!(slot.frequency(), u32::from(table[usize::from(slot.symbol())]));
                }
                assert_eq!(found, *table);
            }
            assert!(read.get(tables.len()).is_none());
        }

        fn bytes_that_are_no_tables_are_refused() {
            let bytes = write(&[normalise(&counts(&[(3, 5), (200, 1)])), normalise(&[1; SYMBOLS])]);
            for end in 0..bytes.len() {
                assert!(matches!(Tables::read(&bytes[..end]), Err(Damage::TooShort)));
            }
            let longer = [bytes.as_slice(), &[0]].concat();
            assert!(matches!(Tables::read(&longer), Err(Damage::TooLong)));
            for (byte, bit) in (1..bytes.len()).flat_map(|byte| (0..8).map(move |bit| (byte, bit))) {
                let mut damaged = bytes.clone();
                damaged[byte] ^= 1 << bit;
                // The first symbol of a table only moves it.
                if byte != 1 {
                    assert!(Tables::read(&damaged).is_err(), "bit {bit} of byte {byte}");
                }
            }
            // One symbol with everything; symbols beyond 255.
            assert!(matches!(Tables::read(&[1, 0, 0, 0x80, 32]), Err(Damage::Table)));
            assert!(matches!(Tables::read(&[1, 255, 1, 0xff, 31, 1]), Err(Damage::Table)));
        }
    }
}
