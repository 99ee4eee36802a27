//! The BPE model: neighbours are merged in the order in which the merges were learnt.

use super::keep::{self, Keep};
use super::pieces::{Vocabulary, byte_pieces};
use crate::Error;
use crate::files::hashing;
use crate::tokenizer::scratch::Piece;
use edgebert_subwords::pieces::Pieces;
use edgebert_subwords::trie::{Root, Trie};
use std::collections::BinaryHeap;

const ROOT: Root = Root(0);
const NONE: u32 = u32::MAX;

/// What the model's JSON says besides the vocabulary and the merges.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub unknown_token: Option<String>,
    /// What pieces begin with that continue a word.
    pub prefix: String,
    /// What pieces end with that end a word.
    pub suffix: String,
    pub fuse_unknown: bool,
    pub byte_fallback: bool,
    /// A word that is a piece is not put together by merges.
    pub ignore_merges: bool,
}

/// What merges join: ids, or pieces.
pub enum Pairs<'a> {
    Ids(Vec<[u32; 2]>),
    Texts(Vec<(&'a str, &'a str)>),
}

/// Pieces, the trie that finds them, and merges by their rank.
pub struct Bpe {
    pub options: Options,
    pieces: Pieces,
    trie: Trie,
    /// First, second, and what they make.
    merges: Vec<[u32; 3]>,
    /// Indexes of `merges` by a hash of the pair: open addressing, a power of two in length.
    table: Vec<u32>,
    /// The hash of a pair is the top of its product with this.
    multiplier: u64,
    unknown: Option<u32>,
    bytes: Vec<Option<u32>>,
}

/// Buffers for one word.
#[derive(Default)]
pub struct Merger {
    symbols: Vec<Symbol>,
    /// Merges that can be done: the lowest rank first, then the leftmost.
    queue: BinaryHeap<std::cmp::Reverse<(u32, u32, u32)>>,
    text: Vec<u8>,
}

/// A part of the word, linked with its neighbours. One that was merged away has no length.
#[derive(Clone, Copy)]
struct Symbol {
    id: u32,
    previous: u32,
    next: u32,
    length: u32,
}

impl Vocabulary for Bpe {
    fn len(&self) -> usize {
        self.pieces.len()
    }

    fn line(&self, id: usize) -> Option<&[u8]> {
        self.pieces.get(id)
    }
}

impl Bpe {
    /// `pairs`: what each merge joins, in the order of the ranks. `file` is named in errors.
    pub fn new(
        mut pieces: Pieces,
        pairs: Pairs<'_>,
        options: Options,
        file: &str,
    ) -> Result<Self, Error> {
        let wrong = |field: &str, reason: &str| Error::field(file, field, reason);
        pieces.shrink();
        let trie = pieces.trie()?;
        let pairs = match pairs {
            Pairs::Ids(pairs) => pairs,
            Pairs::Texts(pairs) => {
                let id = |text: &str| trie.get(ROOT, text.as_bytes());
                // What no piece has is found out below.
                pairs.iter().map(|(a, b)| [a, b].map(|text| id(text).unwrap_or(NONE))).collect()
            }
        };
        let mut merges = Vec::with_capacity(pairs.len());
        let mut text = Vec::new();
        for (rank, [a, b]) in pairs.into_iter().enumerate() {
            let piece = |id: u32| pieces.get(id as usize).filter(|piece| !piece.is_empty());
            let made = piece(a).zip(piece(b)).and_then(|(a, b)| {
                text.clear();
                text.extend_from_slice(a);
                text.extend_from_slice(b.get(options.prefix.len()..)?);
                trie.get(ROOT, &text)
            });
            let made = made.ok_or_else(|| {
                wrong("model.merges", &format!("needs pieces at {rank} that the vocabulary lacks"))
            })?;
            merges.push([a, b, made]);
        }
        let unknown = match &options.unknown_token {
            None => None,
            Some(token) => Some(trie.get(ROOT, token.as_bytes()).ok_or_else(|| {
                wrong("model.unk_token", &format!("is `{token}`, which the vocabulary lacks"))
            })?),
        };
        let bytes = if options.byte_fallback { byte_pieces(&trie) } else { Vec::new() };
        let table = vec![NONE; (merges.len() * 2).next_power_of_two()];
        let multiplier = hashing::multiplier();
        let mut model = Bpe { options, pieces, trie, merges, table, multiplier, unknown, bytes };
        for rank in 0..model.merges.len() {
            let [a, b, _] = model.merges[rank];
            let slot = model.slot(a, b);
            model.table[slot] = rank as u32;
        }
        Ok(model)
    }

    /// The model with the pieces that `keep` says, all of one character, and whatever those are merged from:
    /// so every merge on the way to a kept piece is still made, and in the same order.
    pub fn only(&self, keep: &mut Keep) -> Result<Self, Error> {
        let Options { prefix, suffix, .. } = &self.options;
        keep.add_characters(self, prefix, suffix);
        loop {
            let before = keep.ids().len();
            for &[a, b, made] in self.merges.iter().rev() {
                if keep.has(made) {
                    keep.add(a);
                    keep.add(b);
                }
            }
            // Mostly the parts of a piece are merged before it: then one round is enough.
            if keep.ids().len() == before {
                break;
            }
        }
        let mut numbers = vec![None; self.len()];
        for (number, id) in keep.ids().into_iter().enumerate() {
            numbers[id as usize] = Some(number as u32);
        }
        let number = |id: u32| numbers.get(id as usize).copied().flatten();
        let merges = self.merges.iter().filter(|&&[_, _, made]| keep.has(made));
        let pairs = merges.filter_map(|&[a, b, _]| Some([number(a)?, number(b)?])).collect();
        let options = self.options.clone();
        Bpe::new(keep.pieces(self)?, Pairs::Ids(pairs), options, keep::FILE)
    }

    /// The unknown token, if there is one.
    pub fn unknown_id(&self) -> Option<u32> {
        self.unknown
    }

    /// The pieces and then the pairs of the merges, as [`Bpe::unpack`] reads them.
    pub fn pack(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.pieces.pack(&mut out);
        let ids = self.merges.iter().flat_map(|&[a, b, _]| [a, b]);
        out.extend(ids.flat_map(u32::to_le_bytes));
        out
    }

    /// Pieces and pairs; `None` if they are damaged.
    pub fn unpack(bytes: &[u8]) -> Option<(Pieces, Vec<[u32; 2]>)> {
        let (pieces, rest) = Pieces::unpack(bytes)?;
        let ids = |pair: &[u8]| {
            let (a, b) = pair.split_first_chunk::<4>()?;
            Some([u32::from_le_bytes(*a), u32::from_le_bytes(*b.first_chunk()?)])
        };
        let pairs: Option<Vec<[u32; 2]>> = rest.chunks(8).map(ids).collect();
        Some((pieces, pairs?))
    }

    /// Where a pair is in the table, or the free slot for it.
    fn slot(&self, a: u32, b: u32) -> usize {
        let mask = self.table.len() - 1;
        let key = u64::from(a) << 32 | u64::from(b);
        let hash = key.wrapping_mul(self.multiplier) >> 32;
        let mut slot = ((hash * self.table.len() as u64) >> 32) as usize;
        loop {
            match self.merges.get(self.table[slot] as usize) {
                Some(&[x, y, _]) if (x, y) != (a, b) => slot = (slot + 1) & mask,
                _ => return slot,
            }
        }
    }

    /// The rank of a pair and what it makes.
    fn merge(&self, a: u32, b: u32) -> Option<(u32, u32)> {
        let rank = self.table[self.slot(a, b)];
        self.merges.get(rank as usize).map(|&[_, _, made]| (rank, made))
    }

    /// Appends the pieces of a word to `out`, with offsets in bytes of the word.
    pub fn split(&self, word: &str, merger: &mut Merger, out: &mut Vec<Piece>) {
        if self.options.ignore_merges {
            if let Some(id) = self.trie.get(ROOT, word.as_bytes()) {
                return out.push(Piece { id, start: 0, end: word.len() as u32 });
            }
        }
        merger.symbols.clear();
        self.symbols(word, merger);
        self.merge_all(merger);
        let mut start = 0;
        for symbol in merger.symbols.iter().filter(|symbol| symbol.length > 0) {
            let end = start + symbol.length;
            out.push(Piece { id: symbol.id, start, end });
            start = end;
        }
    }

    /// The word's characters as symbols. Unknown ones are the unknown token, or nothing where there
    /// is none.
    fn symbols(&self, word: &str, merger: &mut Merger) {
        let Options { prefix, suffix, fuse_unknown, .. } = &self.options;
        let Merger { symbols, text, .. } = merger;
        let mut pending: Option<(u32, u32)> = None;
        for (at, c) in word.char_indices() {
            let (width, mut bytes) = (c.len_utf8(), [0; 4]);
            let character = c.encode_utf8(&mut bytes).as_bytes();
            text.clear();
            if at > 0 {
                text.extend_from_slice(prefix.as_bytes());
            }
            text.extend_from_slice(character);
            if at + width == word.len() {
                text.extend_from_slice(suffix.as_bytes());
            }
            if let Some(id) = self.trie.get(ROOT, text) {
                if let Some((unknown, length)) = pending.take() {
                    add(symbols, unknown, length);
                }
                add(symbols, id, width as u32);
                continue;
            }
            let byte = |byte: &u8| self.bytes.get(usize::from(*byte)).copied().flatten();
            if !self.bytes.is_empty() && text.iter().all(|at| byte(at).is_some()) {
                text.iter().filter_map(byte).for_each(|id| add(symbols, id, 1));
                continue;
            }
            let Some(unknown) = self.unknown else { continue };
            let width = width as u32;
            pending = match pending {
                Some((id, length)) if *fuse_unknown => Some((id, length + width)),
                Some((id, length)) => {
                    add(symbols, id, length);
                    Some((unknown, width))
                }
                None => Some((unknown, width)),
            };
        }
        if let Some((unknown, length)) = pending {
            add(symbols, unknown, length);
        }
    }

    fn merge_all(&self, merger: &mut Merger) {
        use std::cmp::Reverse;
        let Merger { symbols, queue, .. } = merger;
        queue.clear();
        for (at, pair) in symbols.windows(2).enumerate() {
            if let Some((rank, made)) = self.merge(pair[0].id, pair[1].id) {
                queue.push(Reverse((rank, at as u32, made)));
            }
        }
        while let Some(Reverse((_, at, made))) = queue.pop() {
            let left = symbols[at as usize];
            if left.length == 0 || left.next == NONE {
                continue;
            }
            let right = symbols[left.next as usize];
            // One of the two has been merged since.
            if self.merge(left.id, right.id).is_none_or(|(_, id)| id != made) {
                continue;
            }
            symbols[left.next as usize].length = 0;
            let length = left.length + right.length;
            let Symbol { previous, .. } = left;
            symbols[at as usize] = Symbol { id: made, previous, next: right.next, length };
            if right.next != NONE {
                let next = &mut symbols[right.next as usize];
                next.previous = at;
                if let Some((rank, made)) = self.merge(made, next.id) {
                    queue.push(Reverse((rank, at, made)));
                }
            }
            if previous != NONE {
                if let Some((rank, made)) = self.merge(symbols[previous as usize].id, made) {
                    queue.push(Reverse((rank, previous, made)));
                }
            }
        }
    }
}

fn add(symbols: &mut Vec<Symbol>, id: u32, length: u32) {
    let at = symbols.len() as u32;
    let previous = at.checked_sub(1).unwrap_or(NONE);
    if let Some(last) = symbols.last_mut() {
        last.next = at;
    }
    symbols.push(Symbol { id, previous, next: NONE, length });
}
