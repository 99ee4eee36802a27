//! Tokenizers of any kind: normalisers, pre-tokenisers and a model, over one stretch of text after
//! the other.
//!
//! A stretch ends where no stage can tell: between two letters, or before a space between them. So
//! a truncated encode of a long text costs what its tokens cost, and memory does not grow with the
//! text. A word that continues in the next stretch waits in [`Buffers::word`].

use super::normalizers::{self, Ends, Normalizer};
use super::pre_tokenizer::Sink;
use super::splitters::{Part, Parts, Scheme, Splitter};
use super::subwords::{Subwords, WordScratch};
use super::text::Text;
use super::trim::{Trim, settle};
use crate::tokenizer::Tokenizer;
use crate::tokenizer::scratch::Piece;
use crate::tokenizer::unicode::classes::is_space;
use crate::tokenizer::unicode::properties::is_inert;

/// How much text is taken at a time.
const WINDOW: usize = 2048;

/// The stages of a tokenizer.json.
pub struct Chain {
    pub normalizers: Vec<Normalizer>,
    pub splitters: Vec<Splitter>,
    pub model: Subwords,
    /// Offsets leave white space at the ends of a token out: see [`Trim`].
    pub trim: Option<Trim>,
}

/// What the chain keeps from call to call.
#[derive(Default)]
pub struct Buffers {
    text: Text,
    parts: Parts,
    normalizers: normalizers::Buffers,
    /// A word that continues in the next stretch.
    word: Text,
    words: WordScratch,
    pieces: Vec<Piece>,
}

impl Buffers {
    /// Forgets what an earlier call that stopped in mid-text left.
    pub fn clear(&mut self) {
        self.text.clear();
        self.parts.clear();
        self.normalizers.clear();
        self.word.clear();
        self.words.lattice.clear();
        self.pieces.clear();
    }
}

impl Chain {
    /// Makes the stages those of `transformers`' class for XLM-RoBERTa, which keeps nothing of a
    /// tokenizer.json but the vocabulary and the charsmap. Only for a Unigram model.
    pub fn xlm_roberta(&mut self, prefix_space: bool) -> bool {
        if !matches!(self.model, Subwords::Unigram(_)) {
            return false;
        }
        self.normalizers.retain(|stage| matches!(stage, Normalizer::Charsmap(_)));
        self.normalizers.truncate(1);
        let scheme = if prefix_space { Scheme::Always } else { Scheme::Never };
        let metaspace = Splitter::Metaspace { replacement: '▁', scheme, split: true };
        self.splitters = vec![Splitter::WhitespaceSplit, metaspace];
        true
    }

    /// The normal form of a whole text.
    pub fn normalize(&self, source: &str) -> String {
        let mut text = Text::default();
        text.load(source, 0, false);
        let mut buffers = normalizers::Buffers::default();
        for normalizer in &self.normalizers {
            normalizer.apply(&mut text, Ends { first: true, last: true }, &mut buffers);
        }
        text.text
    }

    /// Runs a text through the stages.
    pub fn run(
        &self,
        tokenizer: &Tokenizer,
        text: &str,
        offsets: bool,
        buffers: &mut Buffers,
        sink: &mut dyn Sink,
    ) {
        buffers.clear();
        let local = tokenizer.normalized_matcher.is_empty()
            && self.normalizers.iter().all(Normalizer::is_local)
            && self.splitters.iter().all(Splitter::is_local);
        let splits = self.splitters.iter().any(Splitter::splits_at_spaces);
        let first_only = self.splitters.iter().any(Splitter::asks_for_the_first);
        let counted = self.normalizers.iter().any(Normalizer::counts_spaces)
            || self.splitters.iter().any(Splitter::counts_spaces);
        let spans = offsets || first_only;
        let mut stream = Stream {
            chain: self,
            tokenizer,
            text,
            spans,
            offsets,
            local,
            splits,
            counted,
            byte: 0,
            utf16: 0,
            first: true,
            count: 0,
            going: true,
            buffers,
            sink,
        };
        // As in Hugging Face's matcher: the end of the last match, and where the search continues.
        let (mut open, mut search) = (0, 0);
        while stream.going && search < text.len() {
            let limit = search.saturating_add(WINDOW);
            let limit = (limit..text.len()).find(|&at| text.is_char_boundary(at));
            let limit = limit.unwrap_or(text.len());
            match tokenizer.source_matcher.find(&tokenizer.added, text, search, limit, open) {
                Err(stopped) => {
                    stream.push_to(search, stopped);
                    search = stopped;
                }
                Ok(found) => {
                    stream.end_segment(found.start);
                    stream.added(found.token, found.start, found.end);
                    (open, search) = (found.end, found.resume);
                }
            }
        }
        stream.end_segment(text.len());
    }

    /// Whether text can be cut before a byte. The three letters before it keep the cut away from
    /// the end of a contraction such as `'ll`. `counted`: a stage counts the spaces between letters.
    fn can_cut(&self, text: &str, at: usize, counted: bool) -> bool {
        let inert =
            |c: char| is_inert(c) && self.normalizers.iter().all(|stage| stage.keeps(c, counted));
        let mut after = text[at..].chars();
        let next = after.next();
        let before = text[..at].chars().rev().take(3);
        match next {
            Some(' ') => {
                text[..at].chars().next_back().is_some_and(inert) && after.next().is_some_and(inert)
            }
            Some(next) => inert(next) && before.clone().count() == 3 && { before }.all(inert),
            None => false,
        }
    }
}

/// A text on its way.
struct Stream<'a, 'b> {
    chain: &'a Chain,
    tokenizer: &'a Tokenizer,
    text: &'a str,
    /// Whether spans are kept, and whether tokens get them.
    spans: bool,
    offsets: bool,
    /// Whether the text may be taken in stretches, and whether words end before spaces.
    local: bool,
    splits: bool,
    /// Whether a stage counts the spaces between letters.
    counted: bool,
    /// What has been taken: a byte and a UTF-16 offset.
    byte: usize,
    utf16: u32,
    /// Whether nothing of the segment between two added tokens has been taken yet.
    first: bool,
    /// Tokens so far.
    count: usize,
    /// Turns false when the sink has enough.
    going: bool,
    buffers: &'b mut Buffers,
    sink: &'b mut dyn Sink,
}

impl Stream<'_, '_> {
    /// Takes as much of the text up to `end` as can be taken. `from`: what was looked at before.
    fn push_to(&mut self, from: usize, end: usize) {
        if !self.local {
            return;
        }
        let from = from.max(self.byte + 1);
        let cuts = (from..=end).rev().filter(|&at| self.text.is_char_boundary(at));
        if let Some(cut) = { cuts }.find(|&at| self.chain.can_cut(self.text, at, self.counted)) {
            self.take(cut, false);
        }
    }

    /// Takes what is left of a segment.
    fn end_segment(&mut self, end: usize) {
        if self.going {
            self.take(end, true);
        }
        self.first = true;
    }

    /// Normalises the source up to `end` and tokenises it.
    fn take(&mut self, end: usize, last: bool) {
        let end = end.max(self.byte);
        let source = &self.text[self.byte..end];
        let ends = Ends { first: self.first, last };
        self.buffers.text.clear();
        self.buffers.text.load(source, self.utf16, self.spans);
        for stage in &self.chain.normalizers {
            let Buffers { text, normalizers, .. } = &mut *self.buffers;
            if !stage.apply(text, ends, normalizers) && !last {
                // The spans of the whole segment hang together.
                self.local = false;
                return;
            }
        }
        let continues = !(self.first || self.splits && source.starts_with(' '));
        let goes_on = !(last || self.splits && self.text[end..].starts_with(' '));
        if self.spans {
            self.utf16 =
                self.utf16.wrapping_add(source.chars().map(|c| c.len_utf16() as u32).sum());
        }
        (self.byte, self.first) = (end, false);
        if self.tokenizer.normalized_matcher.is_empty() {
            self.words(0, self.buffers.text.text.len(), continues, goes_on);
        } else {
            self.find_normalized();
        }
    }

    /// Finds the added tokens of normalised text, and splits the rest.
    fn find_normalized(&mut self) {
        let Tokenizer { normalized_matcher, added, .. } = self.tokenizer;
        let (mut open, mut search) = (0, 0);
        while self.going {
            let text = self.buffers.text.text.as_str();
            let length = text.len();
            let found = normalized_matcher.find(added, text, search, length, open).ok();
            let end = found.map_or(length, |found| found.start);
            if open < end {
                self.words(open, end, false, false);
            }
            let Some(found) = found else { break };
            if found.start < found.end {
                let Text { text, spans } = &self.buffers.text;
                let span = |at: usize| spans.get(at).copied().unwrap_or_default();
                let (start, end) = (span(found.start).start, span(found.end - 1).end);
                let text = text[found.start..found.end].to_owned();
                self.emit_added(found.token, &text, start, end);
            }
            (open, search) = (found.end, found.resume);
        }
    }

    /// Cuts a stretch of normalised text into words and those into pieces.
    fn words(&mut self, start: usize, end: usize, continues: bool, goes_on: bool) {
        let stretch = &self.buffers.text.text[start..end];
        // Normalisers may put spaces around letters: words end there.
        let continues = continues && !(self.splits && stretch.starts_with(is_space));
        let goes_on = goes_on && !(self.splits && stretch.ends_with(is_space));
        if !continues && !self.buffers.word.text.is_empty() {
            self.end_word();
        }
        if start == end {
            return;
        }
        let Buffers { text, parts, .. } = &mut *self.buffers;
        parts.clear();
        parts.text.copy(text, start, end);
        parts.parts.push(Part { start: 0, end: end - start });
        for stage in &self.chain.splitters {
            stage.apply(parts, continues);
        }
        let count = parts.parts.len();
        for index in 0..count {
            if !self.going {
                return;
            }
            let Buffers { parts, word, words, pieces, .. } = &mut *self.buffers;
            let Part { start, end } = parts.parts[index];
            let begun = index == 0 && continues && !word.text.is_empty();
            let open = index + 1 == count && goes_on;
            if start == end && !begun {
                continue;
            }
            if begun || open {
                word.copy(&parts.text, start, end);
                if !open {
                    self.end_word();
                } else {
                    self.begin_word();
                }
            } else {
                let own = &parts.text.text[start..end];
                self.chain.model.split(own, words, pieces);
                let spans = parts.text.spans.get(start..end).unwrap_or_default();
                settle(self.chain, self.offsets, self.count, pieces, spans);
                self.emit();
            }
        }
    }

    /// Hands on those pieces of the word that nothing after it can change.
    fn begin_word(&mut self) {
        let Buffers { word, words, pieces, .. } = &mut *self.buffers;
        let done = self.chain.model.split_begun(&word.text, words, pieces);
        if done > 0 {
            let spans = word.spans.get(..done).unwrap_or_default();
            settle(self.chain, self.offsets, self.count, pieces, spans);
            word.text.drain(..done);
            if !word.spans.is_empty() {
                word.spans.drain(..done);
            }
            self.emit();
        }
    }

    /// Ends the word that went on.
    fn end_word(&mut self) {
        let Buffers { word, words, pieces, .. } = &mut *self.buffers;
        if self.going {
            self.chain.model.split(&word.text, words, pieces);
            settle(self.chain, self.offsets, self.count, pieces, &word.spans);
        }
        word.clear();
        self.emit();
    }

    fn emit(&mut self) {
        let pieces = &mut self.buffers.pieces;
        if !pieces.is_empty() {
            self.count += pieces.len();
            self.going &= self.sink.word(pieces);
            pieces.clear();
        }
    }

    /// Hands an added token of the source on and moves past it.
    fn added(&mut self, token: usize, start: usize, end: usize) {
        if !self.going {
            return;
        }
        // A token that strips white space may begin before what was taken: never across one.
        let start_utf16 = self.utf16_at(start);
        let end_utf16 = self.utf16_at(end);
        if start < end {
            let text = self.text;
            self.emit_added(token, &text[start..end], start_utf16, end_utf16);
        }
        (self.byte, self.utf16) = (end, end_utf16);
    }

    fn utf16_at(&self, byte: usize) -> u32 {
        if !self.spans {
            return 0;
        }
        let units = |text: &str| text.chars().map(|c| c.len_utf16() as u32).sum::<u32>();
        if byte >= self.byte {
            self.utf16.wrapping_add(units(&self.text[self.byte..byte]))
        } else {
            self.utf16.wrapping_sub(units(&self.text[byte..self.byte]))
        }
    }

    fn emit_added(&mut self, token: usize, text: &str, start: u32, end: u32) {
        let mut piece = Piece { id: self.tokenizer.added[token].id, start, end };
        if let (true, Some(trim)) = (self.offsets, self.chain.trim) {
            trim.one(&mut piece, self.count, text, &[]);
        }
        self.count += 1;
        self.sink.added(piece);
    }
}
