//! Added and special tokens, found in the text before the model sees it.

use crate::tokenizer::unicode::classes::{is_space, is_word};
use edgebert_subwords::trie::{Key, Root, Trie};

/// One entry of `added_tokens`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddedToken {
    pub id: u32,
    pub content: String,
    pub single_word: bool,
    pub lstrip: bool,
    pub rstrip: bool,
    pub normalized: bool,
    pub special: bool,
}

/// Patterns to look for in one kind of text: the source, or the normalised text.
pub struct Matcher {
    /// Gives the index of the token; `None` when there is nothing to look for.
    trie: Option<Trie>,
    /// Which bytes a pattern begins with.
    first: [bool; 256],
}

/// A token found: what it covers, white space that it strips included. Nothing, and `start` may be
/// past `end`, where the token before has stripped what this one would cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// Index of the token.
    pub token: usize,
    pub start: usize,
    pub end: usize,
    /// Where the search continues: the end of the token's own text.
    pub resume: usize,
}

impl Matcher {
    /// `patterns`: the text to find and the index of its token. `None` if two texts are equal, or
    /// one is empty.
    pub fn new(patterns: &[(&str, u32)]) -> Option<Self> {
        let mut first = [false; 256];
        for (pattern, _) in patterns {
            first[*pattern.as_bytes().first()? as usize] = true;
        }
        if patterns.is_empty() {
            return Some(Matcher { trie: None, first });
        }
        let keys =
            patterns.iter().map(|&(pattern, token)| Key::new(pattern.as_bytes(), token)).collect();
        let trie = Trie::build(&mut [keys])?;
        let found = |pattern: &str| trie.get(Root(0), pattern.as_bytes());
        if patterns.iter().any(|&(pattern, token)| found(pattern) != Some(token)) {
            return None;
        }
        Some(Matcher { trie: Some(trie), first })
    }

    pub fn is_empty(&self) -> bool {
        self.trie.is_none()
    }

    /// The first match that begins in `text[from..limit]`; the longest where several begin at once.
    /// `open` is the end of the match before: a token strips no white space across it. A match that
    /// its token's flags rule out is passed over whole. Also returns where a fruitless search stopped.
    pub fn find(
        &self,
        tokens: &[AddedToken],
        text: &str,
        from: usize,
        limit: usize,
        open: usize,
    ) -> Result<Match, usize> {
        let Some(trie) = &self.trie else { return Err(limit.max(from)) };
        let bytes = text.as_bytes();
        let mut at = from;
        while at < limit {
            if !self.first[bytes[at] as usize] {
                at += 1;
                continue;
            }
            let Some((token, length)) = trie.longest(Root(0), &bytes[at..]) else {
                at += 1;
                continue;
            };
            let end = at + length;
            let token = token as usize;
            let flags = &tokens[token];
            if flags.single_word && touches_word(text, at, end) {
                at = end;
                continue;
            }
            let mut found = Match { token, start: at, end, resume: end };
            if flags.lstrip {
                found.start = text[..at].trim_end_matches(is_space).len().max(open);
            }
            if flags.rstrip {
                found.end = text.len() - text[end..].trim_start_matches(is_space).len();
            }
            return Ok(found);
        }
        Err(at)
    }
}

fn touches_word(text: &str, start: usize, end: usize) -> bool {
    text[..start].chars().next_back().is_some_and(is_word)
        || text[end..].chars().next().is_some_and(is_word)
}
