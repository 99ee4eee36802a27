//! Long texts, cut into chunks that fit a model.

use super::Tokenizer;
use super::boundaries::{Boundary, before_word, is_whole};
use super::scratch::{Piece, Scratch};
use super::stages::pre_tokenizer::Sink;
use super::unicode::classes::is_space;
use crate::Error;
use serde::Serialize;

/// A stretch of a text, in UTF-16 code units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Chunk {
    /// Where it begins.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
}

/// A position in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Position {
    byte: usize,
    utf16: u32,
}

/// A position where a chunk can end, or the next one begin.
#[derive(Debug, Clone, Copy)]
struct Cut {
    position: Position,
    /// Tokens from the chunk's start up to here.
    tokens: usize,
    boundary: Boundary,
}

impl Tokenizer {
    /// Cuts a text into chunks that have at most `max_tokens` tokens each, special tokens included,
    /// and that together cover it. Neighbours share whole words of at most `overlap` tokens.
    ///
    /// A chunk ends after a sentence or a line if that leaves it at least half full, else after a
    /// word, else, where a single word is too long, within it: never inside a character with its
    /// marks, unless that alone does not fit. No chunk has more than `max_characters` either.
    ///
    /// Fails if `max_tokens` has no room beside the special tokens, `overlap` fills that room, or
    /// one character has more tokens than fit.
    pub fn chunk(
        &self,
        text: &str,
        max_tokens: usize,
        max_characters: usize,
        overlap: usize,
        scratch: &mut Scratch,
    ) -> Result<Vec<Chunk>, Error> {
        let least = self.special_tokens() + 1;
        if max_tokens < least {
            let value = format!("{max_tokens} (it must be at least {least})");
            return Err(Error::unsupported("chunk", "maxTokens", &value));
        }
        let room = max_tokens - self.special_tokens();
        if overlap >= room {
            let value = format!("{overlap} (with {max_tokens} tokens it must be less than {room})");
            return Err(Error::unsupported("chunk", "overlap", &value));
        }
        let mut chunker = Chunker {
            tokenizer: self,
            text,
            room,
            max_characters,
            scratch,
            reach: 0,
            cuts: Vec::new(),
        };
        let mut chunks = Vec::new();
        // Where the next chunk starts, and where the one before ended.
        let (mut start, mut covered) = (Position::default(), Position::default());
        while covered.byte < text.len() {
            let shares = start.byte < covered.byte;
            let Some(end) = chunker.read(start).or_else(|| chunker.end(start, covered)) else {
                if shares {
                    // Too little room beside the overlap: this one does without.
                    start = covered;
                    continue;
                }
                return Err(Error::unsupported(
                    "chunk",
                    "maxTokens",
                    &format!("{max_tokens} (too few for the character at {})", start.utf16),
                ));
            };
            chunks.push(Chunk { start: start.utf16, end: end.utf16 });
            start = chunker.restart(start, end, overlap);
            covered = end;
        }
        Ok(chunks)
    }
}

/// How far a single token is searched for a place to cut.
const MAX_TOKEN_CHARS: usize = 100;

struct Chunker<'a> {
    tokenizer: &'a Tokenizer,
    text: &'a str,
    /// Tokens that fit beside the special ones.
    room: usize,
    max_characters: usize,
    scratch: &'a mut Scratch,
    /// The byte that the chunk which was read last can't go beyond.
    reach: usize,
    /// The places where the chunk that was read last can be cut, in order.
    cuts: Vec<Cut>,
}

impl Chunker<'_> {
    /// Reads a chunk's worth of text and notes where it can be cut. Returns the text's end if all
    /// that is left fits.
    fn read(&mut self, start: Position) -> Option<Position> {
        let mut starts = Starts { room: self.room, starts: Vec::new() };
        self.reach = self.text.len();
        // No character has less than a byte.
        if self.reach - start.byte > self.max_characters {
            let limit = self.text[start.byte..].char_indices().nth(self.max_characters);
            self.reach = limit.map_or(self.reach, |(bytes, _)| start.byte + bytes);
        }
        let reachable = &self.text[start.byte..self.reach];
        self.tokenizer.run(reachable, true, self.scratch, &mut starts);
        self.cuts.clear();
        let mut position = start;
        for (tokens, (utf16, first)) in starts.starts.iter().enumerate() {
            let target = start.utf16 + utf16;
            if target <= position.utf16 {
                continue;
            }
            position = self.advance(position, target);
            let boundary = match (is_whole(self.text, position.byte), *first) {
                (false, _) => Boundary::InCharacter,
                (true, false) => Boundary::InWord,
                (true, true) => before_word(self.text, self.after_space(position.byte)),
            };
            if (1..=self.room).contains(&tokens) {
                self.cuts.push(Cut { position, tokens, boundary });
            }
        }
        let tokens = starts.starts.len();
        if tokens > self.room {
            return None;
        }
        let position = self.advance(position, u32::MAX);
        if self.reach == self.text.len() {
            return Some(position);
        }
        let (before, behind) = self.text.split_at(position.byte);
        let boundary = if !is_whole(self.text, position.byte) {
            Boundary::InCharacter
        } else if before.ends_with(is_space) || behind.starts_with(is_space) {
            before_word(self.text, self.after_space(position.byte))
        } else {
            Boundary::InWord
        };
        self.cuts.push(Cut { position, tokens, boundary });
        None
    }

    /// Where the white space at a byte ends: tokens of some models begin with it.
    fn after_space(&self, byte: usize) -> usize {
        self.text.len() - self.text[byte..].trim_start_matches(is_space).len()
    }

    fn advance(&self, mut position: Position, target: u32) -> Position {
        for c in self.text[position.byte..self.reach].chars() {
            if position.utf16 >= target {
                break;
            }
            position.byte += c.len_utf8();
            position.utf16 += c.len_utf16() as u32;
        }
        position
    }

    /// Where the chunk that was read ends. One that shares text with the chunk before, up to
    /// `covered`, ends behind that and after a whole word, or there is no place for it.
    fn end(&mut self, start: Position, covered: Position) -> Option<Position> {
        if start.byte < covered.byte {
            return self.best_cut(start, covered, Boundary::Touching);
        }
        self.best_cut(start, covered, Boundary::InWord)
            .or_else(|| self.within_token(start))
            .or_else(|| self.best_cut(start, covered, Boundary::InCharacter))
    }

    fn best_cut(
        &mut self,
        start: Position,
        covered: Position,
        least: Boundary,
    ) -> Option<Position> {
        let mut most = self.room;
        while let Some(Cut { position, tokens, .. }) = self.choose(covered, most, least) {
            if self.fits(start, position) {
                return Some(position);
            }
            // A cut can make a token of what was none before a word that is no longer there.
            most = tokens.checked_sub(1)?;
        }
        None
    }

    /// The last cut of the best kind that has at most `most` tokens before it.
    fn choose(&self, covered: Position, most: usize, least: Boundary) -> Option<Cut> {
        use Boundary::{InCharacter, InWord, Sentence, Touching, Word};
        for wanted in [Sentence, Word, Touching, InWord, InCharacter] {
            let full = if wanted == Sentence { self.room / 2 } else { 0 };
            let cut = self.cuts.iter().rfind(|cut| {
                cut.boundary >= wanted
                    && (full..=most).contains(&cut.tokens)
                    && cut.position.byte > covered.byte
            });
            if wanted >= least && cut.is_some() {
                return cut.copied();
            }
        }
        None
    }

    /// A place within the first token, for what is left of it when its last character goes to the
    /// marks that follow.
    fn within_token(&mut self, start: Position) -> Option<Position> {
        let second = self.cuts.first().map_or(self.text.len(), |cut| cut.position.byte);
        let mut position = start;
        let mut best = None;
        for _ in 0..MAX_TOKEN_CHARS {
            position = self.advance(position, position.utf16 + 1);
            if position.byte >= second {
                break;
            }
            if is_whole(self.text, position.byte) && self.fits(start, position) {
                best = Some(position);
            }
        }
        best
    }

    fn fits(&mut self, start: Position, end: Position) -> bool {
        self.count(start, end) <= self.room
    }

    /// Where the chunk after one from `start` to `end` begins: as early as the overlap allows.
    fn restart(&mut self, start: Position, end: Position, overlap: usize) -> Position {
        let Some(last) = self.cuts.iter().find(|cut| cut.position == end).copied() else {
            return end;
        };
        let shared = |cut: &&Cut| {
            cut.position.byte > start.byte
                && cut.tokens < last.tokens
                && cut.tokens + overlap >= last.tokens
        };
        let cuts: Vec<Cut> = self.cuts.iter().filter(shared).copied().collect();
        for least in [Boundary::Word, Boundary::Touching] {
            for cut in cuts.iter().filter(|cut| cut.boundary >= least) {
                // A text alone can have more tokens than as a part of another.
                if self.count(cut.position, end) <= overlap {
                    return cut.position;
                }
            }
        }
        end
    }

    /// The tokens of a part of the text, special ones left out.
    fn count(&mut self, start: Position, end: Position) -> usize {
        let text = &self.text[start.byte..end.byte];
        self.tokenizer.count(text, self.scratch).saturating_sub(self.tokenizer.special_tokens())
    }
}

/// Notes where tokens start and which begin a word, up to the first token that does not fit.
struct Starts {
    room: usize,
    starts: Vec<(u32, bool)>,
}

impl Sink for Starts {
    fn word(&mut self, pieces: &[Piece]) -> bool {
        let starts = pieces.iter().enumerate().map(|(index, piece)| (piece.start, index == 0));
        self.starts.extend(starts);
        self.starts.len() <= self.room
    }

    fn added(&mut self, piece: Piece) {
        self.starts.push((piece.start, true));
    }
}
