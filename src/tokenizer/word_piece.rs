//! The WordPiece model: greedy longest match over the vocabulary.

use super::characters;
use super::scratch::Piece;
use super::trie::{Root, Trie};
use crate::Error;

/// What the model's JSON says besides the vocabulary.
pub(super) struct Options {
    pub(super) unknown_token: String,
    pub(super) prefix: String,
    /// A word of more characters than this becomes one unknown token.
    pub(super) max_word_chars: usize,
}

/// Pieces by id, and the trie that finds them.
///
/// A word of `n` bytes costs at most `n` times the longest piece's length, in practice about `1.3 n`
/// steps: linear in the text, whatever the text is.
pub(super) struct WordPiece {
    pub(super) options: Options,
    /// All pieces in the order of their ids, each followed by a newline; the packed file holds this.
    pieces: Vec<u8>,
    /// Where each piece ends, without its newline.
    ends: Vec<u32>,
    trie: Trie,
    starting: Root,
    continuing: Root,
    unknown: u32,
}

impl WordPiece {
    /// `pieces`: one line per id, an empty line for an id that is not used. Where a piece occurs
    /// twice, the later id counts, as in Hugging Face's map. `file` is named in errors.
    pub(super) fn new(pieces: Vec<u8>, options: Options, file: &str) -> Result<Self, Error> {
        let wrong = |reason: String| Error::field(file, "vocab", reason);
        if std::str::from_utf8(&pieces).is_err() {
            return Err(wrong("is not UTF-8".into()));
        }
        if pieces.last().is_some_and(|&last| last != b'\n') {
            return Err(wrong("does not end with a newline".into()));
        }
        if pieces.len() > u32::MAX as usize / 2 {
            return Err(Error::TooLarge {
                what: "the vocabulary".into(),
                bytes: pieces.len() as u64,
            });
        }
        let prefix = options.prefix.as_bytes();
        let mut ends = Vec::new();
        let mut starting = Vec::new();
        let mut continuing = Vec::new();
        let mut start = 0;
        for (end, _) in pieces.iter().enumerate().filter(|(_, &byte)| byte == b'\n') {
            let id = ends.len() as u32;
            let piece = &pieces[start..end];
            if !piece.is_empty() && reachable(piece, false) {
                starting.push((piece, id));
            }
            if let Some(rest) = piece.strip_prefix(prefix) {
                if !rest.is_empty() && reachable(rest, true) {
                    continuing.push((rest, id));
                }
            }
            ends.push(end as u32);
            start = end + 1;
        }
        sort(&mut starting);
        sort(&mut continuing);
        let (trie, roots) = Trie::build(&[&starting, &continuing]).ok_or_else(|| {
            Error::TooLarge { what: "the vocabulary".into(), bytes: pieces.len() as u64 }
        })?;
        let mut model = WordPiece {
            options,
            pieces,
            ends,
            trie,
            starting: roots[0],
            continuing: roots[1],
            unknown: 0,
        };
        model.unknown = model.id(&model.options.unknown_token).ok_or_else(|| {
            wrong(format!("lacks the unknown token `{}`", model.options.unknown_token))
        })?;
        Ok(model)
    }

    /// Appends the pieces of a word to `out`, offsets in bytes of the word. An empty word has none.
    pub(super) fn split(&self, word: &[u8], out: &mut Vec<Piece>) {
        let kept = out.len();
        let mut at = 0;
        let mut root = self.starting;
        while at < word.len() {
            let Some((id, length)) = self.trie.longest(root, word[at..].iter().copied()) else {
                out.truncate(kept);
                out.push(self.unknown(word.len()));
                return;
            };
            out.push(Piece { id, start: at as u32, end: (at + length) as u32 });
            at += length;
            root = self.continuing;
        }
    }

    /// The unknown token for a whole word of so many bytes.
    pub(super) fn unknown(&self, length: usize) -> Piece {
        Piece { id: self.unknown, start: 0, end: length as u32 }
    }

    /// The number of ids, those not used included.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The number of pieces, as Hugging Face counts the vocabulary's size.
    pub(super) fn count(&self) -> usize {
        let mut pieces: Vec<&[u8]> = self.iter().filter(|piece| !piece.is_empty()).collect();
        pieces.sort_unstable();
        pieces.dedup();
        pieces.len()
    }

    pub(super) fn piece(&self, id: u32) -> Option<&str> {
        let end = *self.ends.get(id as usize)? as usize;
        let start = (id as usize).checked_sub(1).map_or(0, |before| self.ends[before] as usize + 1);
        std::str::from_utf8(&self.pieces[start..end]).ok()
    }

    /// The id of a piece, by a search over all: for the few tokens that a tokenizer names.
    pub(super) fn id(&self, piece: &str) -> Option<u32> {
        let found = self.iter().rposition(|other| other == piece.as_bytes())?;
        (!piece.is_empty()).then_some(found as u32)
    }

    pub(super) fn pieces(&self) -> &[u8] {
        &self.pieces
    }

    pub(super) fn bytes(&self) -> usize {
        self.pieces.capacity() + self.ends.capacity() * 4 + self.trie.bytes()
    }

    fn iter(&self) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator {
        (0..self.ends.len()).map(|id| {
            let start = id.checked_sub(1).map_or(0, |before| self.ends[before] as usize + 1);
            &self.pieces[start..self.ends[id] as usize]
        })
    }
}

/// Whether a word can hold this text, given that the pre-tokeniser drops white space and makes
/// every punctuation character a word of its own. Leaves most special tokens and every `##` piece
/// out of the trie for beginnings of words.
fn reachable(piece: &[u8], continuing: bool) -> bool {
    let Ok(text) = std::str::from_utf8(piece) else { return false };
    let mut chars = text.chars();
    let alone = chars.next().is_some() && chars.next().is_none() && !continuing;
    !text.chars().any(|c| characters::is_whitespace(c) || (characters::is_punctuation(c) && !alone))
}

/// Sorts by bytes and keeps the highest id of equal keys. Comparing eight bytes at once makes this
/// the cheaper half of building.
fn sort(keys: &mut Vec<(&[u8], u32)>) {
    let mut tagged: Vec<(u64, &[u8], u32)> =
        keys.iter().map(|&(key, id)| (leading(key), key, id)).collect();
    tagged.sort_unstable_by(|a, b| {
        a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)).then_with(|| b.2.cmp(&a.2))
    });
    tagged.dedup_by(|later, earlier| later.1 == earlier.1);
    keys.clear();
    keys.extend(tagged.into_iter().map(|(_, key, id)| (key, id)));
}

fn leading(key: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let length = key.len().min(8);
    bytes[..length].copy_from_slice(&key[..length]);
    u64::from_be_bytes(bytes)
}
