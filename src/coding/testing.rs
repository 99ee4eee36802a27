//! What the tests share. They run in a browser, as the engine does, and natively.

/// Declares tests for whatever the target is.
macro_rules! test {
    ($(fn $name:ident() $body:block)*) => {$(
        #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
        #[cfg_attr(not(target_arch = "wasm32"), test)]
        fn $name() $body
    )*};
}
pub(crate) use test;

/// Seeded numbers (SplitMix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// About normal, rounded: twelve uniform numbers, added.
    pub fn normal(&mut self, deviation: f64) -> i8 {
        let sum: f64 = (0..12).map(|_| self.next() as f64 / u64::MAX as f64).sum();
        ((sum - 6.0) * deviation).round().clamp(-127.0, 127.0) as i8
    }

    /// `count` different symbols or fewer, each with how often it occurs.
    pub fn pairs(&mut self, count: usize) -> Vec<(u8, u64)> {
        (0..count).map(|_| (self.below(256) as u8, 1 + self.below(1000))).collect()
    }
}
