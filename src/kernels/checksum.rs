//! xxHash32, by which damage to what was stored shows. It finds damage, not malice.
//!
//! The algorithm's specification: <https://github.com/Cyan4973/xxHash>. js/shared/xxhash.ts computes the
//! same, in three times the time.

use std::slice::ChunksExact;

const P1: u32 = 0x9e37_79b1;
const P2: u32 = 0x85eb_ca77;
const P3: u32 = 0xc2b2_ae3d;
const P4: u32 = 0x27d4_eb2f;
const P5: u32 = 0x1656_67b1;

const WORD: usize = 4;
/// Bytes of one turn: four lanes of a word each.
const BLOCK: usize = 4 * WORD;

/// The hash of `bytes`, with seed 0.
pub fn xxhash32(bytes: &[u8]) -> u32 {
    let blocks = bytes.chunks_exact(BLOCK);
    let words = blocks.remainder().chunks_exact(WORD);
    let rest = words.remainder();
    let mut hash = if blocks.len() == 0 { P5 } else { of_blocks(blocks) };
    hash = hash.wrapping_add(bytes.len() as u32);
    for bytes in words {
        let mixed = hash.wrapping_add(word(bytes).wrapping_mul(P3));
        hash = mixed.rotate_left(17).wrapping_mul(P4);
    }
    for &byte in rest {
        let mixed = hash.wrapping_add(u32::from(byte).wrapping_mul(P5));
        hash = mixed.rotate_left(11).wrapping_mul(P1);
    }
    hash = (hash ^ (hash >> 15)).wrapping_mul(P2);
    hash = (hash ^ (hash >> 13)).wrapping_mul(P3);
    hash ^ (hash >> 16)
}

/// Four lanes as numbers: as one vector they take twice as long, since each multiplication waits for the
/// one before, and of a vector it takes ten cycles.
fn of_blocks(blocks: ChunksExact<u8>) -> u32 {
    let [mut a, mut b, mut c, mut d] = [P1.wrapping_add(P2), P2, 0, 0_u32.wrapping_sub(P1)];
    for block in blocks {
        a = round(a, word(&block[..4]));
        b = round(b, word(&block[4..8]));
        c = round(c, word(&block[8..12]));
        d = round(d, word(&block[12..]));
    }
    let [a, b, c, d] = [a.rotate_left(1), b.rotate_left(7), c.rotate_left(12), d.rotate_left(18)];
    a.wrapping_add(b).wrapping_add(c).wrapping_add(d)
}

fn round(lane: u32, word: u32) -> u32 {
    lane.wrapping_add(word.wrapping_mul(P2)).rotate_left(13).wrapping_mul(P1)
}

fn word(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn hashes_are_those_of_the_reference() {
        let sanity = [0x02cc_5d05, 0x550d_7456, 0x32d1_53ff, 0xe229_3b2f];
        let texts = ["", "a", "abc", "Nobody inspects the spammish repetition"];
        assert_eq!(texts.map(|text| xxhash32(text.as_bytes())), sanity);
    }

    #[wasm_bindgen_test]
    fn every_flipped_bit_shows() {
        let bytes: Vec<u8> = (0..77).map(|i| (i * 151 % 256) as u8).collect();
        for length in 0..=bytes.len() {
            let mut copy = bytes[..length].to_vec();
            let hash = xxhash32(&copy);
            for bit in 0..8 * length {
                copy[bit / 8] ^= 1 << (bit % 8);
                assert_ne!(xxhash32(&copy), hash, "bit {bit} of {length} bytes");
                copy[bit / 8] ^= 1 << (bit % 8);
            }
        }
    }
}
