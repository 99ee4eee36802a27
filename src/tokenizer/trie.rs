//! A double-array trie over bytes: one array access a byte, and built in one pass over sorted keys.
//!
//! A node is a slot. Its child by byte `b` is slot `base + b`, if that slot carries the label `b`.
//! No two nodes share a base, so the label alone proves the parent. Free slots carry label 0xFF,
//! a byte that UTF-8 never uses; nodes without children have a base beyond the array.

/// Words longer than this would overflow the 24 bits of a base; real vocabularies need 20.
const MAX_SLOTS: usize = (1 << 24) - 512;
const FREE: u32 = u32::MAX;
const NO_CHILDREN: u32 = 0x00FF_FFFF;
const NO_VALUE: u32 = u32::MAX;
/// Bits of the bitmap searched for a place among earlier nodes before the array grows. Longer
/// searches cost building time and save next to no memory.
const SEARCH_WORDS: usize = 24;

#[derive(Clone, Copy)]
struct Slot {
    /// `base << 8 | label`.
    link: u32,
    value: u32,
}

/// Maps byte strings to `u32` values below `u32::MAX`; several roots share one array.
pub(super) struct Trie {
    slots: Vec<Slot>,
}

/// Where a search starts: one per key set that the trie was built from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Root(u32);

impl Trie {
    /// Builds a trie with one root per set of keys. The keys of a set are distinct, not empty, and
    /// sorted. Returns `None` when they need more slots than 24 bits can number.
    pub(super) fn build(sets: &[&[(&[u8], u32)]]) -> Option<(Trie, Vec<Root>)> {
        let mut builder = Builder::new(sets.len());
        let mut todo: Vec<Range> = Vec::new();
        for (root, keys) in sets.iter().enumerate() {
            todo.push(Range { slot: root, first: 0, last: keys.len(), depth: 0 });
            while let Some(range) = todo.pop() {
                builder.place_children(keys, range, &mut todo)?;
            }
        }
        let roots = (0..sets.len()).map(|root| Root(root as u32)).collect();
        Some((builder.finish(), roots))
    }

    /// The longest key that `bytes` begins with: its value and length.
    #[inline]
    pub(super) fn longest(
        &self,
        root: Root,
        bytes: impl Iterator<Item = u8>,
    ) -> Option<(u32, usize)> {
        let mut base = self.slots.get(root.0 as usize)?.link >> 8;
        let mut best = None;
        for (index, byte) in bytes.enumerate() {
            let Some(slot) = self.slots.get(base as usize + byte as usize) else { break };
            if slot.link as u8 != byte {
                break;
            }
            if slot.value != NO_VALUE {
                best = Some((slot.value, index + 1));
            }
            base = slot.link >> 8;
        }
        best
    }

    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * std::mem::size_of::<Slot>()
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
            free: Vec::new(),
            taken_bases: Vec::new(),
            first_free_word: 0,
        };
        builder.grow(roots + 256);
        for root in 0..roots {
            builder.occupy(root, NO_CHILDREN << 8);
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

    fn place_children(
        &mut self,
        keys: &[(&[u8], u32)],
        range: Range,
        todo: &mut Vec<Range>,
    ) -> Option<()> {
        let Range { slot, mut first, last, depth } = range;
        if first < last && keys[first].0.len() == depth {
            self.slots[slot].value = keys[first].1;
            first += 1;
        }
        if first == last {
            return Some(());
        }
        let children = todo.len();
        while first < last {
            let label = keys[first].0[depth];
            let end =
                first + keys[first..last].iter().take_while(|key| key.0[depth] == label).count();
            // The label stands in for the slot until the base is known.
            todo.push(Range { slot: label as usize, first, last: end, depth: depth + 1 });
            first = end;
        }
        let base = self.find_base(&todo[children..]);
        if base > MAX_SLOTS {
            return None;
        }
        self.grow(base + 256);
        self.taken_bases[base / 64] |= 1 << (base % 64);
        self.slots[slot].link = (base as u32) << 8 | (self.slots[slot].link & 0xFF);
        for child in &mut todo[children..] {
            let label = child.slot;
            child.slot = base + label;
            self.occupy(base + label, NO_CHILDREN << 8 | label as u32);
        }
        Some(())
    }

    /// The first base, near the end of the array, that no node has and under which the slots of
    /// all `children` are free: 64 candidates at a time.
    fn find_base(&self, children: &[Range]) -> usize {
        let lowest = children[0].slot;
        let start = self.first_free_word.max(self.free.len().saturating_sub(SEARCH_WORDS));
        let start = (start * 64).saturating_sub(lowest) / 64;
        let mut word = start;
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

    /// The free bits of the 64 slots from `slot` on; slots beyond the array are free.
    fn free_from(&self, slot: usize) -> u64 {
        let word = |index: usize| self.free.get(index).copied().unwrap_or(u64::MAX);
        let shift = slot % 64;
        let low = word(slot / 64) >> shift;
        if shift == 0 {
            low
        } else {
            low | word(slot / 64 + 1) << (64 - shift)
        }
    }

    fn finish(mut self) -> Trie {
        self.slots.shrink_to_fit();
        Trie { slots: self.slots }
    }
}
