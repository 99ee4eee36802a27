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
pub struct Pieces<'a> {
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
    }

    #[inline]
    fn offer(&mut self, start: usize, end: usize, id: u32, score: f64) {
        let node = &mut self.nodes[end];
        if node.start == u32::MAX || score > node.score {
            *node = Node { score, start: start as u32, id };
        }
    }

    /// Looks for the pieces that begin before `limit`.
    pub fn search(&mut self, pieces: &Pieces<'_>, word: &[u8], limit: usize) {
        self.nodes.resize(word.len() + 1, UNREACHED);
        while self.at < limit {
            let at = self.at;
            let before = self.nodes[at].score;
            let width = width(word[at]);
            let mut known = false;
            pieces.trie.prefixes(pieces.root, &word[at..], |id, length| {
                self.offer(at, at + length, id, pieces.scores.get(id as usize) + before);
                known |= length == width;
            });
            let next = (at + width).min(word.len());
            if !known {
                self.offer(at, next, pieces.unknown, pieces.unknown_score + before);
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
