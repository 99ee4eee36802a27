//! What tells a decoded block from another: 64 bits over its steps, classes and values.
//!
//! It guards against damage, not against an attacker; the hashes of a file's pieces do that.

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Checksum(u64);

impl Checksum {
    pub fn new() -> Self {
        Checksum(MULTIPLIER)
    }

    /// Adds eight bytes at a time; a last group of fewer counts as if zeros followed.
    pub fn add(&mut self, mut bytes: &[u8]) {
        while let Some((eight, rest)) = bytes.split_first_chunk() {
            self.mix(u64::from_le_bytes(*eight));
            bytes = rest;
        }
        if !bytes.is_empty() {
            let mut last = [0; 8];
            last[..bytes.len()].copy_from_slice(bytes);
            self.mix(u64::from_le_bytes(last));
        }
    }

    /// Each step can be undone, so two sums that differ stay different.
    fn mix(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(MULTIPLIER);
        self.0 = mixed ^ (mixed >> 32);
    }

    pub fn value(self) -> u64 {
        self.0
    }
}
