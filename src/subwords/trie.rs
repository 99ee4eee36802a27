//! A double-array trie over bytes: one array access a byte, built in one pass over unsorted keys.
//!
//! A node is a slot. Its child by byte `b` is slot `base + b`, if that slot carries the label `b`.
//! No two nodes share a base, so the label alone proves the parent. Free slots carry label 0xFF,
//! a byte that UTF-8 never uses; nodes without children have a base beyond the array.

/// A base has 24 bits. BERT's vocabularies need 17.
const MAX_BASE: usize = (1 << 24) - 512;
const FREE: u32 = u32::MAX;
/// Another byte that UTF-8 never uses: no node has a root for a child.
const ROOT_LABEL: u32 = 0xFE;
const NO_CHILDREN: u32 = 0x00FF_FFFF;
const NO_VALUE: u32 = u32::MAX;
/// How many words of the bitmap, from the end back, are searched for room before the array grows.
/// Longer searches take time and save next to no memory.
const SEARCH_WORDS: usize = 24;

#[derive(Clone, Copy)]
struct Slot {
    /// `base << 8 | label`.
    link: u32,
    value: u32,
}

/// Maps byte strings to `u32` values below `u32::MAX`; several roots share one array.
pub struct Trie {
    slots: Vec<Slot>,
}

/// Where a search starts: one per set of keys that the trie was built from, in their order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Root(pub u32);

/// A key and its value.
pub type Key<'a> = (&'a [u8], u32);

impl Trie {
    /// Builds a trie with a root for each set of keys; puts the keys into another order. Keys are
    /// not empty. Of equal keys the highest value stays. `None` if 24 bits can't number the slots.
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
        Some(Trie { slots: builder.slots })
    }

    /// The longest key that `text` begins with: its value and length.
    #[inline]
    pub fn longest(&self, root: Root, text: &[u8]) -> Option<(u32, usize)> {
        let mut base = self.slots.get(root.0 as usize)?.link >> 8;
        let mut best = None;
        for (index, &byte) in text.iter().enumerate() {
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
            if slot.value != NO_VALUE {
                found(slot.value, index + 1);
            }
            base = slot.link >> 8;
        }
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
        let Range { slot, mut first, last, depth } = range;
        if let [(key, value)] = keys[first..last] {
            return self.place_rest(slot, &key[depth..], value);
        }
        sort_by_byte(&mut keys[first..last], depth);
        while first < last && keys[first].0.len() == depth {
            let value = &mut self.slots[slot].value;
            *value = if *value == NO_VALUE { keys[first].1 } else { keys[first].1.max(*value) };
            first += 1;
        }
        if first == last {
            return Some(());
        }
        let children = todo.len();
        while first < last {
            let label = keys[first].0[depth];
            let same = keys[first..last].iter().take_while(|key| key.0[depth] == label).count();
            // The label stands in for the slot until the base is known.
            todo.push(Range { slot: label as usize, first, last: first + same, depth: depth + 1 });
            first += same;
        }
        let base = self.find_base(&todo[children..]);
        if base > MAX_BASE {
            return None;
        }
        self.grow(base + 256);
        self.set_base(slot, base);
        for child in &mut todo[children..] {
            let label = child.slot;
            child.slot = base + label;
            self.occupy(base + label, NO_CHILDREN << 8 | label as u32);
        }
        Some(())
    }

    /// Gives a single key its nodes from `slot` on, which is most of the work.
    fn place_rest(&mut self, mut slot: usize, rest: &[u8], value: u32) -> Option<()> {
        for &label in rest {
            let base = self.find_base_of_one(label as usize);
            if base > MAX_BASE {
                return None;
            }
            self.grow(base + 256);
            self.set_base(slot, base);
            slot = base + label as usize;
            self.occupy(slot, NO_CHILDREN << 8 | u32::from(label));
        }
        self.slots[slot].value = value;
        Some(())
    }

    fn set_base(&mut self, slot: usize, base: usize) {
        self.taken_bases[base / 64] |= 1 << (base % 64);
        self.slots[slot].link = (base as u32) << 8 | (self.slots[slot].link & 0xFF);
    }

    /// [`Self::find_base`] for a single child.
    fn find_base_of_one(&self, label: usize) -> usize {
        let mut word = self.first_free_word.max(self.free.len().saturating_sub(SEARCH_WORDS));
        loop {
            let mut free = self.free.get(word).copied().unwrap_or(u64::MAX);
            while free != 0 {
                let slot = word * 64 + free.trailing_zeros() as usize;
                free &= free - 1;
                let Some(base) = slot.checked_sub(label) else { continue };
                if self.taken_bases.get(base / 64).is_none_or(|bases| bases >> (base % 64) & 1 == 0)
                {
                    return base;
                }
            }
            word += 1;
        }
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

/// Sorts keys by their byte at `depth`, those that end there first.
fn sort_by_byte(keys: &mut [Key<'_>], depth: usize) {
    if keys.len() < 24 {
        for sorted in 1..keys.len() {
            let mut at = sorted;
            while at > 0 && rank(keys[at - 1], depth) > rank(keys[at], depth) {
                keys.swap(at - 1, at);
                at -= 1;
            }
        }
        return;
    }
    let mut starts = [0; 258];
    for key in keys.iter() {
        starts[rank(*key, depth) + 1] += 1;
    }
    for byte in 1..starts.len() {
        starts[byte] += starts[byte - 1];
    }
    let unsorted = keys.to_vec();
    for key in unsorted {
        let start = &mut starts[rank(key, depth)];
        keys[*start] = key;
        *start += 1;
    }
}

#[inline(always)]
fn rank(key: Key<'_>, depth: usize) -> usize {
    key.0.get(depth).map_or(0, |&byte| byte as usize + 1)
}
