//! What the kernels' tests share: seeded numbers, canaries, and a comparison that rejects NaN.

/// `len` numbers in (-1, 1), the same for the same seed (SplitMix64).
pub fn random(seed: u64, len: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z >> 40) as f32 / (1 << 23) as f32) - 1.0
    };
    (0..len).map(|_| next()).collect()
}

/// Seeded int8 weights in [-127, 127].
pub fn random_int8(seed: u64, len: usize) -> Vec<i8> {
    random(seed, len).iter().map(|x| (x * 127.0).round() as i8).collect()
}

/// Fails unless all of `found` lie within `tolerance` of `expected`; NaN never does.
pub fn assert_close(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        let close = (f - e).abs() <= tolerance;
        assert!(close, "element {i}: found {f}, expected {e} ± {tolerance}");
    }
}

const GUARD: usize = 16;

/// An output with a guard on both sides that must stay untouched.
pub struct Canaried<T: Copy + PartialEq> {
    memory: Vec<T>,
    canary: T,
}

impl<T: Copy + PartialEq> Canaried<T> {
    /// `len` elements, all of them `canary` at first.
    pub fn new(len: usize, canary: T) -> Self {
        let memory = vec![canary; len + 2 * GUARD];
        Canaried { memory, canary }
    }

    /// The output.
    pub fn inner(&mut self) -> &mut [T] {
        let end = self.memory.len() - GUARD;
        &mut self.memory[GUARD..end]
    }

    /// Fails where a guard was written to.
    pub fn check(&self) {
        let end = self.memory.len() - GUARD;
        let guards = self.memory[..GUARD].iter().chain(&self.memory[end..]);
        assert!(guards.copied().all(|x| x == self.canary), "wrote outside the output");
    }
}
