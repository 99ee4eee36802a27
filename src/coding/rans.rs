//! rANS: a stack of symbols in the digits of a few large numbers (Duda 2013).
//!
//! Eight states take turns, symbol by symbol along a row. A state stays in [2^16, 2^32); where it
//! falls below, it takes 16 more bits from the words that all states share. At the end each state
//! is back at 2^16, where the encoder began: whatever was read wrongly on the way shows there.

use crate::Damage;

/// States that take turns.
pub const LANES: usize = 8;
const BITS: u32 = 12;
/// What the frequencies of a table add up to.
pub const TOTAL: usize = 1 << BITS;
/// The lowest value of a state between two symbols, and its value at the end.
pub const LOWEST: u32 = 1 << WORD_BITS;
pub const WORD_BITS: u32 = 16;
/// Bytes of a word.
pub const WORD: usize = 2;
/// Bytes of the states in front of the words.
pub const STATES: usize = LANES * size_of::<u32>();

const SYMBOL_BITS: u32 = 8;

/// What the low 12 bits of a state mean: a symbol, its frequency, and which of its slots this is.
#[derive(Clone, Copy, Default)]
pub struct Slot(u32);

impl Slot {
    pub fn new(symbol: u8, frequency: u32, offset: u32) -> Self {
        Slot(u32::from(symbol) | frequency << SYMBOL_BITS | offset << (SYMBOL_BITS + BITS))
    }

    pub fn symbol(self) -> u8 {
        self.0 as u8
    }

    pub fn frequency(self) -> u32 {
        self.0 >> SYMBOL_BITS & (TOTAL as u32 - 1)
    }

    fn offset(self) -> u32 {
        self.0 >> (SYMBOL_BITS + BITS)
    }

    /// The state after this symbol, before it is refilled. The sum stays below 2^32: a frequency is
    /// below 2^12, the state's upper part below 2^20, and an offset below its frequency.
    fn advance(self, state: u32) -> u32 {
        self.frequency().wrapping_mul(state >> BITS).wrapping_add(self.offset())
    }
}

/// Reads rows of symbols from one block's states and words.
pub struct Decoder<'b> {
    states: [u32; LANES],
    words: &'b [u8],
}

impl<'b> Decoder<'b> {
    pub fn new(bytes: &'b [u8]) -> Result<Self, Damage> {
        let (start, words) = bytes.split_at_checked(STATES).ok_or(Damage::TooShort)?;
        let mut states = [0; LANES];
        for (state, bytes) in states.iter_mut().zip(start.chunks_exact(size_of::<u32>())) {
            *state = bytes.iter().rev().fold(0, |state, &byte| state << 8 | u32::from(byte));
        }
        Ok(Decoder { states, words })
    }

    /// The next symbols, as many as `row` has places; the first comes from the first state. Never
    /// inlined: the engine around it is compiled for size.
    #[inline(never)]
    pub fn row(&mut self, table: &[Slot; TOTAL], row: &mut [u8]) -> Result<(), Damage> {
        let mut states = self.states;
        let mut words = self.words;
        let mut eights = row.chunks_exact_mut(LANES);
        // As long as there are words for all lanes, nobody has to ask for each.
        while let Some((ready, _)) = words.split_first_chunk::<{ LANES * WORD }>() {
            let Some(symbols) = eights.next() else { break };
            let mut taken = 0;
            for (state, symbol) in states.iter_mut().zip(symbols) {
                let slot = table[*state as usize % TOTAL];
                *symbol = slot.symbol();
                let advanced = slot.advance(*state);
                let at = taken % (LANES * WORD);
                let word = u32::from(u16::from_le_bytes([ready[at], ready[at + 1]]));
                let low = advanced < LOWEST;
                *state = if low { advanced << WORD_BITS | word } else { advanced };
                taken += WORD * usize::from(low);
            }
            words = &words[taken..];
        }
        self.states = states;
        self.words = words;
        for symbols in &mut eights {
            self.last(table, symbols)?;
        }
        self.last(table, eights.into_remainder())
    }

    /// At most [`LANES`] symbols, near the end of the words.
    fn last(&mut self, table: &[Slot; TOTAL], symbols: &mut [u8]) -> Result<(), Damage> {
        for (state, symbol) in self.states.iter_mut().zip(symbols) {
            let slot = table[*state as usize % TOTAL];
            *symbol = slot.symbol();
            *state = slot.advance(*state);
            if *state < LOWEST {
                let (word, rest) = self.words.split_first_chunk().ok_or(Damage::TooShort)?;
                *state = *state << WORD_BITS | u32::from(u16::from_le_bytes(*word));
                self.words = rest;
            }
        }
        Ok(())
    }

    /// Fails unless every word was read and every state is back where the encoder began.
    pub fn finish(self) -> Result<(), Damage> {
        if !self.words.is_empty() {
            return Err(Damage::TooLong);
        }
        match self.states {
            [LOWEST, LOWEST, LOWEST, LOWEST, LOWEST, LOWEST, LOWEST, LOWEST] => Ok(()),
            _ => Err(Damage::Checksum),
        }
    }
}

/// Writes rows of symbols, the last one first.
pub struct Encoder {
    states: [u32; LANES],
    /// In the opposite order of reading.
    words: Vec<u16>,
}

impl Default for Encoder {
    fn default() -> Self {
        Encoder { states: [LOWEST; LANES], words: Vec::new() }
    }
}

impl Encoder {
    /// Writes a row in front of what was written before. `starts[s]` is the sum of the frequencies
    /// before symbol `s`; every symbol of the row must have a frequency.
    pub fn row(&mut self, frequencies: &[u16; 256], starts: &[u16; 256], row: &[u8]) {
        for (index, &symbol) in row.iter().enumerate().rev() {
            let state = &mut self.states[index % LANES];
            let frequency = u32::from(frequencies[usize::from(symbol)]);
            if u64::from(*state) >= u64::from(frequency) << (2 * WORD_BITS - BITS) {
                self.words.push(*state as u16);
                *state >>= WORD_BITS;
            }
            let start = u32::from(starts[usize::from(symbol)]);
            *state = (*state / frequency) << BITS | (*state % frequency + start);
        }
    }

    pub fn finish(self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.states.iter().flat_map(|state| state.to_le_bytes()).collect();
        bytes.extend(self.words.iter().rev().flat_map(|word| word.to_le_bytes()));
        bytes
    }
}
