//! A double-array trie over bytes: one array access a byte, built in one pass over unsorted keys.
//!
//! A node is a slot. Its child by byte `b` is slot `base + b`, if that slot carries the label `b`.
//! No two nodes share a base, so the label alone proves the parent. Free slots carry label 0xFF,
//! a byte that UTF-8 never uses; nodes without children have a base beyond the array.
//!
//! Where only one key is left, the rest of it is a tail: bytes that are compared as they are, and
//! half as many slots for the vocabularies of many languages.

/// A base has 24 bits. BERT's vocabularies need 17.
const MAX_BASE: usize = (1 << 24) - 512;
const FREE: u32 = u32::MAX;
/// Another byte that UTF-8 never uses: no node has a root for a child.
const ROOT_LABEL: u32 = 0xFE;
const NO_CHILDREN: u32 = 0x00FF_FFFF;
const NO_VALUE: u32 = u32::MAX;
/// Set in a value whose slot has the place of a tail for its base.
const TAIL: u32 = 1 << 31;
/// The most bytes of a tail, whose length is one byte before it.
const LONGEST_TAIL: usize = 255;
/// How many words of the bitmap, from the end back, are searched for room before the array grows.
/// Longer searches take time and save next to no memory.
const SEARCH_WORDS: usize = 6;

#[derive(Clone, Copy)]
struct Slot {
    /// `base << 8 | label`.
    link: u32,
    value: u32,
}

/// Maps byte strings to `u32` values below 2^31 - 1; several roots share one array.
pub struct Trie {
    slots: Vec<Slot>,
    tails: Vec<u8>,
}

/// Where a search starts: one per set of keys that the trie was built from, in their order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Root(pub u32);

/// A key and its value.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    text: &'a [u8],
    value: u32,
    /// The next bytes of the text, the first one highest: the text itself would be waited for.
    near: u32,
}

impl<'a> Key<'a> {
    /// `text` is not empty.
    pub fn new(text: &'a [u8], value: u32) -> Self {
        Key { text, value, near: 0 }
    }

    /// Takes the bytes from `depth` on near.
    fn approach(&mut self, depth: usize) {
        let rest = self.text.get(depth..).unwrap_or_default();
        self.near = u32::from_be_bytes(rest.first_chunk().copied().unwrap_or_else(|| {
            let mut near = [0; NEAR];
            near[..rest.len()].copy_from_slice(rest);
            near
        }));
    }

    /// 0 if the key ends at `depth`, else one more than its byte there.
    #[inline(always)]
    fn rank(&self, depth: usize) -> usize {
        if self.text.len() == depth {
            0
        } else {
            (self.near >> (24 - depth % NEAR * 8) & 0xFF) as usize + 1
        }
    }
}

/// How many bytes of a key are near.
const NEAR: usize = 4;

impl Trie {
    /// Builds a trie with a root for each set of keys; puts the keys into another order. Of equal keys
    /// the highest value stays. `None` if 24 bits can't number the slots or the bytes of tails, or a
    /// value is too high.
    pub fn build(sets: &mut [Vec<Key<'_>>]) -> Option<Trie> {
        let mut builder = Builder::new(sets.len());
        let mut todo = Vec::new();
        for (slot, keys) in sets.iter_mut().enumerate() {
            todo.push(Range { slot, first: 0, last: keys.len(), depth: 0 });
            while let Some(range) = todo.pop() {
                builder.place(keys, range, &mut todo)?;
            }
        }
        builder.slots.shrink_to_fit();
        builder.tails.shrink_to_fit();
        Some(Trie { slots: builder.slots, tails: builder.tails })
    }

    /// The longest key that `text` begins with: its value and length.
    // Inlined, it would be compiled for the size of its caller.
    #[inline(never)]
    pub fn longest(&self, root: Root, text: &[u8]) -> Option<(u32, usize)> {
        let mut best = None;
        self.prefixes(root, text, |value, length| best = Some((value, length)));
        best
    }

    /// Calls `found` with the value and length of every key that `text` begins with, the shortest
    /// first.
    #[inline]
    pub fn prefixes(&self, root: Root, text: &[u8], mut found: impl FnMut(u32, usize)) {
        let Some(root) = self.slots.get(root.0 as usize) else { return };
        let mut base = root.link >> 8;
        for (index, &byte) in text.iter().enumerate() {
            let Some(slot) = self.slots.get(base as usize + byte as usize) else { break };
            if slot.link as u8 != byte {
                break;
            }
            base = slot.link >> 8;
            if slot.value < TAIL {
                found(slot.value, index + 1);
            } else if slot.value != NO_VALUE {
                let tail = self.tail(base as usize);
                if text[index + 1..].starts_with(tail) {
                    found(slot.value & !TAIL, index + 1 + tail.len());
                }
                break;
            }
        }
    }

    /// The tail that is stored at a place.
    fn tail(&self, at: usize) -> &[u8] {
        let Some((&length, rest)) = self.tails.get(at..).and_then(<[u8]>::split_first) else {
            return &[];
        };
        rest.get(..usize::from(length)).unwrap_or_default()
    }

    /// The value of a key.
    pub fn get(&self, root: Root, key: &[u8]) -> Option<u32> {
        self.longest(root, key).filter(|&(_, length)| length == key.len()).map(|(value, _)| value)
    }
}

/// The keys that share their first `depth` bytes, which lead to `slot`.
#[derive(Clone, Copy)]
struct Range {
    slot: usize,
    first: usize,
    last: usize,
    depth: usize,
}

struct Builder {
    slots: Vec<Slot>,
    tails: Vec<u8>,
    /// One bit per slot, set while it is free.
    free: Vec<u64>,
    /// One bit per base, set once a node has it.
    taken_bases: Vec<u64>,
    /// No slot before this word of `free` is free.
    first_free_word: usize,
}

impl Builder {
    fn new(roots: usize) -> Self {
        let mut builder = Builder {
            slots: Vec::new(),
            tails: Vec::new(),
            free: Vec::new(),
            taken_bases: Vec::new(),
            first_free_word: 0,
        };
        builder.grow(roots);
        for root in 0..roots {
            builder.occupy(root, NO_CHILDREN << 8 | ROOT_LABEL);
        }
        builder
    }

    fn grow(&mut self, slots: usize) {
        let words = slots.div_ceil(64);
        if words > self.free.len() {
            self.free.resize(words, u64::MAX);
            self.taken_bases.resize(words, 0);
            self.slots.resize(words * 64, Slot { link: FREE, value: NO_VALUE });
        }
    }

    fn occupy(&mut self, slot: usize, link: u32) {
        self.slots[slot].link = link;
        self.free[slot / 64] &= !(1 << (slot % 64));
        while self.free.get(self.first_free_word) == Some(&0) {
            self.first_free_word += 1;
        }
    }

    /// Gives the range's node its value and its children, and puts their ranges on the list.
    fn place(&mut self, keys: &mut [Key<'_>], range: Range, todo: &mut Vec<Range>) -> Option<()> {
        let Range { slot, first, last, depth } = range;
        let keys = &mut keys[first..last];
        if let ([key], 1..) = (&*keys, depth) {
            return self.place_rest(slot, &key.text[depth..], key.value);
        }
        if depth % NEAR == 0 {
            keys.iter_mut().for_each(|key| key.approach(depth));
            // What ends among these bytes comes before what goes on with zeros.
            keys.sort_unstable_by_key(|key| (key.near, key.text.len()));
        }
        let ended = keys.iter().take_while(|key| key.rank(depth) == 0);
        if let Some(value) = ended.clone().map(|key| key.value).max() {
            self.set_value(slot, value)?;
        }
        let mut at = ended.count();
        if at == keys.len() {
            return Some(());
        }
        let children = todo.len();
        while at < keys.len() {
            let rank = keys[at].rank(depth);
            let same = keys[at..].partition_point(|key| key.rank(depth) == rank);
            let start = first + at;
            // The label stands in for the slot until the base is known.
            todo.push(Range { slot: rank - 1, first: start, last: start + same, depth: depth + 1 });
            at += same;
        }
        let base = self.find_base(&todo[children..]);
        self.set_base(slot, base)?;
        for child in &mut todo[children..] {
            let label = child.slot;
            child.slot = base + label;
            self.occupy(base + label, NO_CHILDREN << 8 | label as u32);
        }
        Some(())
    }

    /// Ends a single key: the rest of it, from `slot` on, becomes a tail.
    fn place_rest(&mut self, mut slot: usize, mut rest: &[u8], value: u32) -> Option<()> {
        while let (true, Some((&label, after))) = (rest.len() > LONGEST_TAIL, rest.split_first()) {
            let only = Range { slot: usize::from(label), first: 0, last: 1, depth: 0 };
            let base = self.find_base(&[only]);
            self.set_base(slot, base)?;
            slot = base + usize::from(label);
            self.occupy(slot, NO_CHILDREN << 8 | u32::from(label));
            rest = after;
        }
        self.set_value(slot, value)?;
        if !rest.is_empty() {
            let at = u32::try_from(self.tails.len()).ok().filter(|&at| at < NO_CHILDREN)?;
            self.slots[slot].value |= TAIL;
            self.slots[slot].link = at << 8 | self.slots[slot].link & 0xFF;
            self.tails.push(rest.len() as u8);
            self.tails.extend_from_slice(rest);
        }
        Some(())
    }

    fn set_value(&mut self, slot: usize, value: u32) -> Option<()> {
        // One less than the flag: with it, the last would be no value.
        if value >= TAIL - 1 {
            return None;
        }
        self.slots[slot].value = value;
        Some(())
    }

    fn set_base(&mut self, slot: usize, base: usize) -> Option<()> {
        if base > MAX_BASE {
            return None;
        }
        self.grow(base + 256);
        self.taken_bases[base / 64] |= 1 << (base % 64);
        self.slots[slot].link = (base as u32) << 8 | (self.slots[slot].link & 0xFF);
        Some(())
    }

    /// The first base, near the end of the array, that no node has and under which the slots of
    /// all `children` are free; 64 candidates are tried at once.
    fn find_base(&self, children: &[Range]) -> usize {
        let searched = self.free.len().saturating_sub(SEARCH_WORDS);
        let lowest = self.first_free_word.max(searched) * 64;
        let mut word = lowest.saturating_sub(children[0].slot) / 64;
        loop {
            let mut candidates = !self.taken_bases.get(word).copied().unwrap_or(0);
            for child in children {
                candidates &= self.free_from(word * 64 + child.slot);
                if candidates == 0 {
                    break;
                }
            }
            if candidates != 0 {
                return word * 64 + candidates.trailing_zeros() as usize;
            }
            word += 1;
        }
    }

    /// The bits of the 64 slots from `slot` on; slots beyond the array are free.
    fn free_from(&self, slot: usize) -> u64 {
        let word = |index: usize| self.free.get(index).copied().unwrap_or(u64::MAX);
        match slot % 64 {
            0 => word(slot / 64),
            shift => word(slot / 64) >> shift | word(slot / 64 + 1) << (64 - shift),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// Keys of few bytes, so that many share their beginnings; some are longer than a tail can be.
    fn keys(count: usize) -> Vec<(Vec<u8>, u32)> {
        let mut state = 1u32;
        let mut below = |limit: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % limit
        };
        let mut keys = Vec::new();
        for value in 0..count as u32 {
            let length = if below(50) == 0 { 200 + below(900) } else { 1 + below(9) };
            keys.push(((0..length).map(|_| below(4) as u8 * 80).collect(), value));
        }
        keys
    }

    fn all(trie: &Trie, root: Root, text: &[u8]) -> Vec<(u32, usize)> {
        let mut all = Vec::new();
        trie.prefixes(root, text, |value, length| all.push((value, length)));
        all
    }

    #[wasm_bindgen_test]
    fn finds_every_key_that_a_text_begins_with_and_no_other() {
        for count in [0, 1, 2, 30, 3000] {
            let keys = keys(count);
            // Of equal keys the last value is the highest.
            let map: BTreeMap<&[u8], u32> =
                keys.iter().map(|(text, value)| (text.as_slice(), *value)).collect();
            let set = keys.iter().map(|(text, value)| Key::new(text, *value)).collect();
            let trie = Trie::build(&mut [Vec::new(), set, vec![Key::new(b"a", 7)]]).unwrap();
            for (text, _) in &keys {
                for text in [text.as_slice(), &text[..text.len() - 1], &[text, &[80][..]].concat()]
                {
                    let prefixes = (1..=text.len()).filter_map(|length| {
                        map.get(&text[..length]).map(|&value| (value, length))
                    });
                    let expected: Vec<(u32, usize)> = prefixes.collect();
                    assert_eq!(all(&trie, Root(1), text), expected);
                    assert_eq!(trie.longest(Root(1), text), expected.last().copied());
                    assert_eq!(trie.get(Root(1), text), map.get(text).copied());
                    assert_eq!(all(&trie, Root(0), text), []);
                }
            }
            assert_eq!(all(&trie, Root(2), b"aa"), [(7, 1)]);
            assert_eq!(all(&trie, Root(3), b"aa"), []);
        }
    }

    #[wasm_bindgen_test]
    fn refuses_values_that_it_cannot_keep() {
        for (value, kept) in [((1 << 31) - 2, true), ((1 << 31) - 1, false), (u32::MAX, false)] {
            let trie = Trie::build(&mut [vec![Key::new(b"one", value)]]);
            assert_eq!(trie.is_some_and(|trie| trie.get(Root(0), b"one") == Some(value)), kept);
        }
    }
}
