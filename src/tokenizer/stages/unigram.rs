//! The Unigram model: of all ways to cut a word into pieces, the one whose scores add up to most.

use super::keep::{self, Keep};
use super::pieces::{Vocabulary, byte_pieces};
use crate::Error;
use crate::tokenizer::scratch::Piece;
use edgebert_subwords::lattice::{Lattice, Node, Scores, Ways};
use edgebert_subwords::pieces::Pieces;
use edgebert_subwords::trie::{Root, Trie};

const ROOT: Root = Root(0);
/// An unknown character scores so much less than the least piece.
const UNKNOWN_PENALTY: f64 = 10.0;
/// Of a word that has not ended, this much text is kept back, and more is waited for.
const STRETCH: usize = 4096;

/// Pieces with their scores, and the trie that finds them.
pub struct Unigram {
    pieces: Pieces,
    scores: Scores,
    trie: Trie,
    unknown: u32,
    unknown_score: f64,
    /// The pieces `<0x00>` to `<0xFF>` by their byte, where unknown characters fall back to them.
    bytes: Option<Vec<Option<u32>>>,
    longest: usize,
}

impl Vocabulary for Unigram {
    fn len(&self) -> usize {
        self.pieces.len()
    }

    fn line(&self, id: usize) -> Option<&[u8]> {
        self.pieces.get(id)
    }

    fn count(&self) -> usize {
        self.pieces.len()
    }
}

impl Unigram {
    /// `file` is named in errors. Of equal pieces the last counts.
    pub fn new(
        mut pieces: Pieces,
        scores: Scores,
        unknown: usize,
        byte_fallback: bool,
        file: &str,
    ) -> Result<Self, Error> {
        let wrong = |field: &str, reason: &str| Err(Error::field(file, field, reason));
        if unknown >= pieces.len() {
            return wrong("model.unk_id", "is no piece of the vocabulary");
        }
        if scores.len() != pieces.len() {
            return wrong("model.vocab", "has another number of scores than of pieces");
        }
        let Some(least) = scores.least() else {
            return wrong("model.vocab", "has a score that is not finite");
        };
        pieces.shrink();
        let trie = pieces.trie()?;
        let longest = pieces.iter().map(<[u8]>::len).max().unwrap_or(0);
        let bytes = byte_fallback.then(|| byte_pieces(&trie));
        let unknown_score = least - UNKNOWN_PENALTY;
        Ok(Unigram { pieces, scores, trie, unknown: unknown as u32, unknown_score, bytes, longest })
    }

    /// What [`Unigram::unpack`] reads.
    pub fn pack(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.pieces.pack(&mut out);
        self.scores.pack(&mut out);
        out
    }

    /// Pieces and scores; `None` if they are damaged.
    pub fn unpack(bytes: &[u8]) -> Option<(Pieces, Scores)> {
        let (pieces, rest) = Pieces::unpack(bytes)?;
        let scores = Scores::unpack(rest)?;
        (scores.len() == pieces.len()).then_some((pieces, scores))
    }

    /// The model with the pieces that `keep` says, and all of one character. The best way stays the best
    /// where others are gone. The piece of the least score stays too: it sets that of unknown characters.
    pub fn only(&self, keep: &mut Keep) -> Result<Self, Error> {
        // Some stand in the vocabulary only behind the mark of a word.
        keep.add_characters(self, "▁", "");
        let score = |id: &u32| self.scores.get(*id as usize);
        let all = 0..self.scores.len() as u32;
        if let Some(least) = all.min_by(|a, b| score(a).total_cmp(&score(b))) {
            keep.add(least);
        }
        let scores = Scores::new(keep.ids().iter().map(score).collect());
        let unknown = keep.number(self.unknown).unwrap_or(0) as usize;
        Unigram::new(keep.pieces(self)?, scores, unknown, self.bytes.is_some(), keep::FILE)
    }

    /// The unknown piece, and whether unknown characters fall back to bytes.
    pub fn options(&self) -> (u32, bool) {
        (self.unknown, self.bytes.is_some())
    }

    /// Appends the pieces of a word to `out`, with offsets in bytes of the word.
    pub fn split(&self, word: &[u8], lattice: &mut Lattice, out: &mut Vec<Piece>) {
        self.search(word, word.len(), lattice);
        self.trace(word, word.len(), lattice, out);
        lattice.clear();
    }

    /// Appends those pieces of a word that no text after it can change, and returns how many bytes
    /// of it they cover. These are to be taken away before the next call.
    pub fn split_begun(&self, word: &[u8], lattice: &mut Lattice, out: &mut Vec<Piece>) -> usize {
        if word.len() < lattice.wait {
            return 0;
        }
        let Some(mut limit) = word.len().checked_sub(self.longest.max(STRETCH)) else { return 0 };
        while limit > 0 && is_inside(word[limit]) {
            limit -= 1;
        }
        self.search(word, limit, lattice);
        // Where all ways meet that may still turn out the best.
        let reached = |&end: &usize| lattice.nodes[end].start != u32::MAX;
        let mut ends: Vec<usize> = (limit + 1..lattice.nodes.len()).filter(reached).collect();
        ends.insert(0, limit);
        while ends.len() > 1 {
            // The list is sorted: the last is the farthest.
            let Some(end) = ends.pop() else { break };
            let start = lattice.nodes[end].start as usize;
            if let Err(at) = ends.binary_search(&start) {
                ends.insert(at, start);
            }
        }
        let mut met = ends[0];
        // A run of unknown characters is one token: not to be cut in two.
        while met > 0 && lattice.nodes[met].id == self.unknown {
            met = lattice.nodes[met].start as usize;
        }
        // Ways that do not meet, as in a run of one letter, would be followed back to its beginning each
        // time: first comes as much text again as was gone over in vain.
        lattice.wait = word.len() - met + (limit - met);
        if met > 0 {
            self.trace(word, met, lattice, out);
            lattice.nodes.drain(..met);
            lattice.at -= met;
            let met = met as u32;
            for node in &mut lattice.nodes {
                // Ways from before that point lead nowhere: nothing comes back to them.
                node.start =
                    if node.start == u32::MAX { u32::MAX } else { node.start.saturating_sub(met) };
            }
        }
        met
    }

    /// Looks for the pieces that begin before `limit`.
    fn search(&self, word: &[u8], limit: usize, lattice: &mut Lattice) {
        let Unigram { trie, scores, unknown, unknown_score, .. } = self;
        let (unknown, unknown_score) = (*unknown, *unknown_score);
        lattice.search(&Ways { trie, root: ROOT, scores, unknown, unknown_score }, word, limit);
    }

    /// Follows the best way to `end` back, and appends its pieces in the order of the text.
    fn trace(&self, word: &[u8], end: usize, lattice: &Lattice, out: &mut Vec<Piece>) {
        let first = out.len();
        let mut at = end;
        while at > 0 {
            let Node { start, id, .. } = lattice.nodes[at];
            let mut start = start as usize;
            if id == self.unknown {
                while start > 0 && lattice.nodes[start].id == self.unknown {
                    start = lattice.nodes[start].start as usize;
                }
                self.unknown(&word[start..at], start, out);
            } else {
                out.push(Piece { id, start: start as u32, end: at as u32 });
            }
            at = start;
        }
        out[first..].reverse();
    }

    /// Appends a run of unknown characters, last piece first: a piece that they make after all, or
    /// their bytes, or the unknown token.
    fn unknown(&self, run: &[u8], start: usize, out: &mut Vec<Piece>) {
        let piece = |id: u32| Piece { id, start: start as u32, end: (start + run.len()) as u32 };
        if let Some(id) = self.trie.get(ROOT, run) {
            return out.push(piece(id));
        }
        if let Some(bytes) = &self.bytes {
            if run.iter().all(|&byte| bytes[usize::from(byte)].is_some()) {
                let ids = run.iter().rev().filter_map(|&byte| bytes[usize::from(byte)]);
                return out.extend(ids.map(piece));
            }
        }
        out.push(piece(self.unknown));
    }
}

/// Whether a byte continues a character.
fn is_inside(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// Fives are best, and as many ways lead to the end of a run as there are remainders: they never meet.
    #[wasm_bindgen_test]
    fn a_run_of_one_letter_is_gone_over_less_often_the_longer_it_is() {
        let mut pieces = Pieces::default();
        for piece in ["<unk>", "a", "aaaaa"] {
            pieces.push(piece).unwrap();
        }
        let scores = Scores::new(vec![0.0, -4.0, -5.0]);
        let model = Unigram::new(pieces, scores, 0, false, "").unwrap();
        let word = vec![b'a'; 200_000];
        let (mut lattice, mut out) = (Lattice::default(), Vec::new());
        let (mut looks, mut at) = (0, 0);
        for length in (0..=word.len()).step_by(2_000) {
            assert_eq!(model.split_begun(&word[..length], &mut lattice, &mut out), 0);
            looks += u32::from(lattice.at > at);
            at = lattice.at;
        }
        assert!(looks < 10, "{looks}");
        model.split(&word, &mut lattice, &mut out);
        assert_eq!(out.len(), word.len() / 5);
    }
}
