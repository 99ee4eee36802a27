//! The hash of names that come from files.
//!
//! With a seed that everybody knows, names can be made that all collide, and a map of them takes quadratic
//! time. So each instance takes a seed of its own. Nothing depends on it but time: no map is iterated in the
//! order of its hashes.

use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;
use std::cell::Cell;
use std::hash::{BuildHasher, Hasher};

thread_local! {
    static SEED: Cell<&'static SharedSeed> = const { Cell::new(SharedSeed::global_fixed()) };
    static MULTIPLIER: Cell<u64> = const { Cell::new(0x9E37_79B9_7F4A_7C15) };
}

/// Sets the seed of the maps that are made from here on. It takes 48 bytes for good: once for an instance.
pub fn seed(seed: u64) {
    SEED.set(Box::leak(Box::new(SharedSeed::from_u64(seed))));
    MULTIPLIER.set(seed.wrapping_mul(MULTIPLIER.get()) | 1);
}

/// Hashes names with the seed that was set when it was made.
#[derive(Clone, Copy)]
pub struct SeededState(&'static SharedSeed);

impl Default for SeededState {
    fn default() -> Self {
        SeededState(SEED.get())
    }
}

impl BuildHasher for SeededState {
    type Hasher = SeededHasher;

    fn build_hasher(&self) -> SeededHasher {
        SeededHasher(FoldHasher::with_seed(0, self.0))
    }
}

/// What [`SeededState`] hashes with. Once in the engine, and not wherever a name is looked up.
pub struct SeededHasher(FoldHasher<'static>);

impl Hasher for SeededHasher {
    #[inline(never)]
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    #[inline(never)]
    fn write_u8(&mut self, byte: u8) {
        self.0.write_u8(byte);
    }

    #[inline(never)]
    fn finish(&self) -> u64 {
        self.0.finish()
    }
}

/// An odd number that differs from instance to instance, for hashing by one multiplication.
pub fn multiplier() -> u64 {
    MULTIPLIER.get()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::json::Json;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// The bits that choose a name's place in a map of 4,096.
    fn place(name: &str) -> u64 {
        SeededState::default().hash_one(name) & 0xfff
    }

    #[wasm_bindgen_test]
    fn names_that_collide_by_one_seed_do_not_by_another() {
        seed(1);
        let names = (0..200_000).map(|i| format!("encoder.layer.{i}.weight"));
        let colliding: Vec<String> = names.filter(|name| place(name) == 0).collect();
        assert!(colliding.len() > 20, "{}", colliding.len());
        seed(2);
        let still = colliding.iter().filter(|name| place(name) == 0).count();
        assert!(still < 3, "{still} of {}", colliding.len());
    }

    /// Two halves of 8 bytes are multiplied: whoever knows what is added to one can make it zero.
    #[wasm_bindgen_test]
    fn no_part_of_the_hash_is_fixed() {
        let halves = |seed: u64| {
            super::seed(seed);
            let ones = [b"aaaaaaaabbbbbbbb".as_slice(), b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"];
            let state = SeededState::default();
            ones.map(|bytes| state.hash_one(bytes))
        };
        let (one, other) = (halves(3), halves(4));
        assert!(one[0] != other[0] && one[1] != other[1]);
        let multipliers = [5, 6].map(|seed| {
            super::seed(seed);
            multiplier()
        });
        assert_ne!(multipliers[0], multipliers[1]);
        assert!(multipliers.iter().all(|number| number % 2 == 1));
    }

    #[wasm_bindgen_test]
    fn a_map_stays_what_it_is_whatever_seed_comes_after_it() {
        let text = r#"{"b":1,"a":2,"c":{"z":1,"y":2}}"#;
        seed(7);
        let value = Json::parse(text).unwrap();
        seed(8);
        let other = Json::parse(text).unwrap();
        assert_eq!(value, other);
        for json in [&value, &other] {
            assert_eq!(json.as_object().unwrap()["a"].as_u64(), Some(2));
            assert_eq!(json.to_string(), text);
        }
    }
}
