//! The WordPiece model: greedy longest match over the vocabulary.

use super::keep::{self, Keep};
use super::pieces::Vocabulary;
use crate::tokenizer::scratch::Piece;
use crate::tokenizer::unicode::classes::Class;
use crate::{Error, ErrorKind};
use edgebert_subwords::trie::{Key, Root, Trie};

/// What the model's JSON says besides the vocabulary.
#[derive(Clone)]
pub struct Options {
    pub unknown_token: String,
    /// What pieces begin with that continue a word: `##`.
    pub prefix: String,
    /// A word of more characters than this is one unknown token.
    pub max_word_chars: usize,
}

/// Pieces by id, and the trie that finds them.
///
/// Each search for a piece reads at most as many bytes as the longest piece has, and every piece
/// found takes at least one byte of the word: time is linear in the text, whatever the text is.
pub struct WordPiece {
    pub options: Options,
    /// All pieces in the order of their ids, each followed by a newline, as the packed file has them.
    lines: Vec<u8>,
    /// Where each piece ends, without its newline.
    ends: Vec<u32>,
    trie: Trie,
    unknown: u32,
}

/// Pieces that begin a word, and those that continue one, without their prefix.
const STARTING: Root = Root(0);
const CONTINUING: Root = Root(1);

impl Vocabulary for WordPiece {
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn line(&self, id: usize) -> Option<&[u8]> {
        let end = *self.ends.get(id)? as usize;
        let start = id.checked_sub(1).map_or(0, |before| self.ends[before] as usize + 1);
        self.lines.get(start..end)
    }
}

impl WordPiece {
    /// `lines`: one piece per id, an empty line for an id that has none. Where a piece occurs twice,
    /// the later id counts, as in Hugging Face's map. `words`: what words are made of. `file` is named
    /// in errors.
    pub fn new(lines: Vec<u8>, options: Options, words: Words, file: &str) -> Result<Self, Error> {
        let wrong = |reason: &str| Error::field(file, "vocab", reason);
        let bytes = lines.len() as u64;
        let too_large = || Error::from(ErrorKind::TooLarge { what: "vocabulary".into(), bytes });
        let Ok(text) = std::str::from_utf8(&lines) else {
            return Err(wrong("is not UTF-8"));
        };
        if !text.is_empty() && !text.ends_with('\n') {
            return Err(wrong("does not end with a newline"));
        }
        let mut ends = Vec::new();
        let mut end = 0;
        let mut keys = [Vec::new(), Vec::new()];
        for piece in text.split_terminator('\n') {
            let id = ends.len() as u32;
            let kind = words.reach(piece);
            if kind != Reach::None && !piece.is_empty() {
                keys[0].push(Key::new(piece.as_bytes(), id));
            }
            if let Some(rest) = piece.strip_prefix(options.prefix.as_str()) {
                if !rest.is_empty() && words.reach(rest) == Reach::Anywhere {
                    keys[1].push(Key::new(rest.as_bytes(), id));
                }
            }
            end += piece.len();
            ends.push(u32::try_from(end).map_err(|_| too_large())?);
            end += 1;
        }
        let trie = Trie::build(&mut keys).ok_or_else(too_large)?;
        let mut model = WordPiece { options, lines, ends, trie, unknown: 0 };
        model.unknown = model.id(&model.options.unknown_token).ok_or_else(|| {
            wrong(&format!("lacks the unknown token `{}`", model.options.unknown_token))
        })?;
        Ok(model)
    }

    /// Appends the pieces of a word to `out`, with offsets in bytes of the word.
    pub fn split(&self, word: &[u8], out: &mut Vec<Piece>) {
        let kept = out.len();
        let mut at = 0;
        let mut root = STARTING;
        while at < word.len() {
            let Some((id, length)) = self.trie.longest(root, &word[at..]) else {
                out.truncate(kept);
                out.push(self.unknown(word.len()));
                return;
            };
            out.push(Piece { id, start: at as u32, end: (at + length) as u32 });
            at += length;
            root = CONTINUING;
        }
    }

    /// The model with the pieces that `keep` says, and all of one character. The longest piece that a text
    /// begins with stays the longest if it is kept.
    pub fn only(&self, keep: &mut Keep, words: Words) -> Result<Self, Error> {
        keep.add_characters(self, &self.options.prefix, "");
        let mut lines = Vec::new();
        for id in keep.ids() {
            lines.extend_from_slice(self.line(id as usize).unwrap_or_default());
            lines.push(b'\n');
        }
        WordPiece::new(lines, self.options.clone(), words, keep::FILE)
    }

    /// The unknown token.
    pub fn unknown_id(&self) -> u32 {
        self.unknown
    }

    /// The unknown token for a whole word of so many bytes.
    pub fn unknown(&self, length: usize) -> Piece {
        Piece { id: self.unknown, start: 0, end: length as u32 }
    }

    /// The id of a piece, by a search over all: for the few tokens that a tokenizer names.
    pub fn id(&self, piece: &str) -> Option<u32> {
        if piece.is_empty() {
            return None;
        }
        let found = (0..self.len()).rev().find(|&id| self.line(id) == Some(piece.as_bytes()))?;
        Some(found as u32)
    }

    /// All pieces, as [`WordPiece::new`] takes them.
    pub fn lines(&self) -> &[u8] {
        &self.lines
    }
}

/// What words are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// BERT's: no white space, and punctuation characters alone.
    Bert,
    /// Any text.
    Any,
}

/// Where a text can stand in a word, given that the pre-tokeniser drops white space and makes
/// every punctuation character a word of its own.
#[derive(PartialEq, Eq)]
enum Reach {
    Anywhere,
    /// It is a punctuation character: a word, but never a part of one.
    Alone,
    None,
}

impl Words {
    /// Keeps most special tokens and, among the beginnings of words, all that have a prefix of
    /// punctuation out of the trie.
    fn reach(self, text: &str) -> Reach {
        match self {
            Words::Bert => reach(text),
            Words::Any => Reach::Anywhere,
        }
    }
}

fn reach(text: &str) -> Reach {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Reach::Anywhere;
    }
    let splits = |c: char| Class::of(c).is_space() || Class::of(c).is_punctuation();
    if !text.chars().any(splits) {
        return Reach::Anywhere;
    }
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if Class::of(c).is_punctuation() => Reach::Alone,
        _ => Reach::None,
    }
}
