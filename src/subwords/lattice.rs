//! The Unigram model's search: of all ways to cut a word into pieces, the one whose scores add up to most.

use crate::trie::{Root, Trie};

/// What pieces are worth: half as large where that loses nothing.
pub enum Scores {
    /// All of them are float32 exactly.
    Float32(Vec<f32>),
    /// As they are.
    Float64(Vec<f64>),
}

impl Scores {
    /// Scores by the ids of the pieces.
    pub fn new(scores: Vec<f64>) -> Self {
        if scores.iter().all(|&score| f64::from(score as f32) == score) {
            Scores::Float32(scores.iter().map(|&score| score as f32).collect())
        } else {
            Scores::Float64(scores)
        }
    }

    /// Appends them to a packed vocabulary: the bytes of one, and all of them.
    pub fn pack(&self, out: &mut Vec<u8>) {
        match self {
            Scores::Float32(scores) => {
                out.push(4);
                out.extend(scores.iter().flat_map(|score| score.to_le_bytes()));
            }
            Scores::Float64(scores) => {
                out.push(8);
                out.extend(scores.iter().flat_map(|score| score.to_le_bytes()));
            }
        }
    }

    /// Reads what [`Scores::pack`] wrote; `None` if it is damaged.
    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        let (&width, rest) = bytes.split_first()?;
        if rest.len() % usize::from(width).max(1) != 0 {
            return None;
        }
        match width {
            4 => {
                let score = |bytes: &[u8]| Some(f32::from_le_bytes(*bytes.first_chunk()?));
                rest.chunks_exact(4).map(score).collect::<Option<_>>().map(Scores::Float32)
            }
            8 => {
                let score = |bytes: &[u8]| Some(f64::from_le_bytes(*bytes.first_chunk()?));
                rest.chunks_exact(8).map(score).collect::<Option<_>>().map(Scores::Float64)
            }
            _ => None,
        }
    }

    /// The least of them; `None` if one is not finite.
    pub fn least(&self) -> Option<f64> {
        let least = |least: f64, score: f64| score.is_finite().then(|| least.min(score));
        match self {
            Scores::Float32(scores) => {
                scores.iter().map(|&score| f64::from(score)).try_fold(f64::INFINITY, least)
            }
            Scores::Float64(scores) => scores.iter().copied().try_fold(f64::INFINITY, least),
        }
    }

    /// The score of a piece.
    #[inline]
    pub fn get(&self, id: usize) -> f64 {
        match self {
            Scores::Float32(scores) => f64::from(scores[id]),
            Scores::Float64(scores) => scores[id],
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Scores::Float32(scores) => scores.len(),
            Scores::Float64(scores) => scores.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Pieces, and what a character is worth that none of them is.
pub struct Ways<'a> {
    /// Finds the pieces that a text begins with.
    pub trie: &'a Trie,
    /// Where it begins to.
    pub root: Root,
    /// By the ids of the pieces.
    pub scores: &'a Scores,
    /// The piece of an unknown character.
    pub unknown: u32,
    /// Its score.
    pub unknown_score: f64,
}

/// The best way to every byte of a word.
///
/// Scores are added as float64, in the order of the text, as Hugging Face adds them: ties between ways are
/// decided by the last bits.
#[derive(Default)]
pub struct Lattice {
    /// One for each byte, and one for the end.
    pub nodes: Vec<Node>,
    /// Up to where pieces have been looked for.
    pub at: usize,
    /// How long a word that goes on must be before its first pieces are asked for again.
    pub wait: usize,
}

/// The last piece of the best way to a byte.
#[derive(Clone, Copy)]
pub struct Node {
    score: f64,
    /// Where it begins; `u32::MAX` where no way leads.
    pub start: u32,
    /// Which piece it is.
    pub id: u32,
}

const UNREACHED: Node = Node { score: 0.0, start: u32::MAX, id: 0 };

impl Lattice {
    /// Forgets the word.
    pub fn clear(&mut self) {
        self.nodes.clear();
        self.at = 0;
        self.wait = 0;
    }

    #[inline]
    fn offer(&mut self, start: usize, end: usize, id: u32, score: f64) {
        let node = &mut self.nodes[end];
        if node.start == u32::MAX || score > node.score {
            *node = Node { score, start: start as u32, id };
        }
    }

    /// Looks for the pieces that begin before `limit`.
    // Inlined, it would be compiled for the size of its caller.
    #[inline(never)]
    pub fn search(&mut self, ways: &Ways<'_>, word: &[u8], limit: usize) {
        self.nodes.resize(word.len() + 1, UNREACHED);
        while self.at < limit {
            let at = self.at;
            let before = self.nodes[at].score;
            let width = width(word[at]);
            let mut known = false;
            ways.trie.prefixes(ways.root, &word[at..], |id, length| {
                self.offer(at, at + length, id, ways.scores.get(id as usize) + before);
                known |= length == width;
            });
            let next = (at + width).min(word.len());
            if !known {
                self.offer(at, next, ways.unknown, ways.unknown_score + before);
            }
            self.at = next;
        }
    }
}

/// The bytes of the character that begins with this one.
fn width(byte: u8) -> usize {
    match byte {
        0..=0xBF => 1,
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        _ => 4,
    }
}
