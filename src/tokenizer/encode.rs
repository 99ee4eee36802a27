//! Ids with special tokens, for one text or a pair, cut to a length where one is given.

use super::Tokenizer;
use super::scratch::{Piece, Scratch};
use super::stages::pre_tokenizer::Sink;
use super::templates::{self, Part};
use super::truncation;
use crate::Error;

impl Tokenizer {
    /// Appends the ids of `text` to `ids`, special tokens included: for BERT [CLS], the text, [SEP].
    /// With `max_length`, at most so many in all: the text's last tokens go, the special tokens stay
    /// even where they alone are more. Reads no more of the text than it needs. Returns whether the text
    /// was cut.
    pub fn encode(
        &self,
        text: &str,
        max_length: Option<usize>,
        scratch: &mut Scratch,
        ids: &mut Vec<u32>,
    ) -> bool {
        let (before, after) = templates::around(&self.templates.single);
        ids.extend(before);
        let room = max_length.map_or(usize::MAX, |most| most.saturating_sub(self.special_tokens()));
        let kept = ids.len().saturating_add(room);
        self.append(text, enough(room), scratch, ids);
        let is_cut = ids.len() > kept;
        ids.truncate(kept);
        ids.extend(after);
        is_cut
    }

    /// How many tokens `encode` gives without a limit.
    pub fn count(&self, text: &str, scratch: &mut Scratch) -> usize {
        let mut counter = Counter(self.special_tokens());
        self.run(text, false, scratch, &mut counter);
        counter.0
    }

    /// Reads the first text of pairs that are to have at most `max_length` tokens in all, once for all of
    /// its second texts.
    pub fn first_of_pair<'t>(
        &self,
        text: &'t str,
        max_length: Option<usize>,
        scratch: &mut Scratch,
    ) -> Result<FirstText<'t>, Error> {
        let special = templates::added(self.pair()?);
        let room = max_length.map_or(usize::MAX, |most| most.saturating_sub(special));
        let mut ids = Vec::new();
        self.append(text, enough(room), scratch, &mut ids);
        Ok(FirstText { text, ids, room, count: None })
    }

    /// Appends the ids of a pair and their token types, as a cross-encoder wants them: for BERT
    /// [CLS] a [SEP] with type 0, then b [SEP] with type 1. Where both have more than the maximum length,
    /// the longer text is cut first. Returns whether one of them was cut. Fails if the tokenizer has no
    /// template for pairs.
    pub fn encode_second(
        &self,
        first: &mut FirstText<'_>,
        second: &str,
        scratch: &mut Scratch,
        ids: &mut Vec<u32>,
        type_ids: &mut Vec<u8>,
    ) -> Result<bool, Error> {
        let template = self.pair()?;
        let room = first.room;
        let mut tail = std::mem::take(&mut scratch.pair);
        tail.clear();
        self.append(second, enough(room), scratch, &mut tail);
        let (mut a, mut b) = (first.ids.len(), tail.len());
        if a > room && b > room {
            a = *first.count.get_or_insert_with(|| self.count(first.text, scratch));
            b = self.count(second, scratch);
        }
        let is_cut = a.saturating_add(b) > room;
        let (a, b) = truncation::shares(a, b, room);
        for part in template {
            let (tokens, type_id) = match part {
                Part::Special { ids, type_id } => (ids.as_slice(), *type_id),
                Part::Sequence { index: 0, type_id } => (&first.ids[..a], *type_id),
                Part::Sequence { type_id, .. } => (&tail[..b], *type_id),
            };
            ids.extend_from_slice(tokens);
            type_ids.resize(type_ids.len() + tokens.len(), type_id);
        }
        scratch.pair = tail;
        Ok(is_cut)
    }

    /// Appends the first ids of a text, without special tokens: `most` at most.
    fn append(&self, text: &str, most: usize, scratch: &mut Scratch, ids: &mut Vec<u32>) {
        let enough = ids.len().saturating_add(most);
        self.run(text, false, scratch, &mut Ids { enough, ids });
        ids.truncate(enough);
    }
}

/// The first text of one or more pairs: see [`Tokenizer::first_of_pair`].
pub struct FirstText<'t> {
    text: &'t str,
    /// Its ids without special tokens, one more at most than fit.
    ids: Vec<u32>,
    /// Tokens that both texts of a pair may have together.
    room: usize,
    /// How many tokens the text has in all, once that was asked.
    count: Option<usize>,
}

/// One token more than fits tells that a text is too long.
fn enough(room: usize) -> usize {
    room.saturating_add(1)
}

struct Ids<'a> {
    ids: &'a mut Vec<u32>,
    enough: usize,
}

impl Sink for Ids<'_> {
    fn word(&mut self, pieces: &[Piece]) -> bool {
        self.ids.extend(pieces.iter().map(|piece| piece.id));
        self.ids.len() < self.enough
    }

    fn added(&mut self, piece: Piece) {
        self.ids.push(piece.id);
    }
}

struct Counter(usize);

impl Sink for Counter {
    fn word(&mut self, pieces: &[Piece]) -> bool {
        self.0 += pieces.len();
        true
    }

    fn added(&mut self, _: Piece) {
        self.0 += 1;
    }
}
