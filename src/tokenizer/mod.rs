//! BERT tokenizers: text in, word piece ids out, exactly as Hugging Face's `tokenizers` gives them.
//!
//! [`read`] makes a tokenizer of its files. Text streams through [`stages`], which know characters
//! by the tables of [`unicode`]. [`encode`] puts the special tokens of [`templates`] around the
//! result and cuts pairs by [`truncation`]; [`offsets`] says where in the source each token was;
//! [`chunk`] cuts long texts at good [`boundaries`].

mod boundaries;
mod chunk;
mod encode;
mod offsets;
mod part;
mod read;
mod scratch;
mod stages;
mod templates;
mod truncation;
mod unicode;

pub use chunk::Chunk;
pub use encode::FirstText;
pub use offsets::Offsets;
pub use scratch::Scratch;

use crate::Error;
use stages::added_tokens::{AddedToken, Matcher};
use stages::normalizer::{Normalized, Normalizer};
use stages::pre_tokenizer::Ascii;
use stages::word_piece::WordPiece;
use templates::{Part, Templates};

/// A WordPiece tokenizer with BERT's normaliser and pre-tokeniser.
pub struct Tokenizer {
    normalizer: Normalizer,
    model: WordPiece,
    /// Added tokens, special ones included, in the order of the file.
    added: Vec<AddedToken>,
    /// Added tokens that are looked for in the text as it is.
    source_matcher: Matcher,
    /// Added tokens that are looked for in the normalised text.
    normalized_matcher: Matcher,
    templates: Templates,
    ascii: Ascii,
}

impl Tokenizer {
    fn new(
        normalizer: Normalizer,
        model: WordPiece,
        added: Vec<AddedToken>,
        templates: Templates,
        file: &str,
    ) -> Result<Self, Error> {
        let mut source = Vec::new();
        let mut normalized = Vec::new();
        let texts: Vec<String> =
            added.iter().map(|token| normalizer.apply(&token.content)).collect();
        for (index, token) in added.iter().enumerate() {
            if token.normalized {
                normalized.push((texts[index].as_str(), index as u32));
            } else {
                source.push((token.content.as_str(), index as u32));
            }
        }
        let matcher = |patterns: &[(&str, u32)]| {
            Matcher::new(patterns).ok_or_else(|| {
                Error::field(
                    file,
                    "added_tokens",
                    "has two tokens that match the same text, or one that matches nothing",
                )
            })
        };
        let (source_matcher, normalized_matcher) = (matcher(&source)?, matcher(&normalized)?);
        let ascii = Ascii::new(normalizer.clean_text, normalizer.lowercase);
        Ok(Tokenizer {
            normalizer,
            model,
            added,
            source_matcher,
            normalized_matcher,
            templates,
            ascii,
        })
    }

    /// The same tokenizer with texts in lower case, as sentence-transformers' `do_lower_case` has it:
    /// accents stay where they stayed before.
    pub fn lowercased(mut self) -> Result<Self, Error> {
        if self.normalizer.lowercase {
            return Ok(self);
        }
        self.normalizer.strip_accents = Some(self.normalizer.strip_accents.unwrap_or(false));
        self.normalizer.lowercase = true;
        self.renewed()
    }

    /// The same tokenizer once its options have changed.
    fn renewed(self) -> Result<Self, Error> {
        let Tokenizer { normalizer, model, added, templates, .. } = self;
        Tokenizer::new(normalizer, model, added, templates, "tokenizer.json")
    }

    /// One more than the highest token id: how many rows an embedding table must have.
    pub fn vocab_size(&self) -> usize {
        let added = self.added.iter().map(|token| token.id as usize + 1).max().unwrap_or(0);
        self.model.len().max(added).max(self.templates.ids().map_or(0, |id| id as usize + 1))
    }

    /// The text of a token, as the vocabulary has it; `None` for an id that no token has.
    pub fn token(&self, id: u32) -> Option<&str> {
        let added = self.added.iter().find(|token| token.id == id);
        added.map(|token| token.content.as_str()).or_else(|| self.model.piece(id))
    }

    /// How many special tokens are put around one text: 2 for BERT.
    pub fn special_tokens(&self) -> usize {
        templates::added(&self.templates.single)
    }

    /// How many there are around two texts, for which there may be no template.
    pub fn special_tokens_of_pair(&self) -> Result<usize, Error> {
        self.pair().map(templates::added)
    }

    fn pair(&self) -> Result<&[Part], Error> {
        self.templates.pair.as_deref().ok_or_else(|| {
            Error::unsupported("tokenizer.json", "post_processor.pair", "no template for two texts")
        })
    }
}

impl Normalizer {
    /// The normal form of a whole text.
    fn apply(&self, text: &str) -> String {
        let mut out = Normalized::default();
        for c in text.chars() {
            self.push(c, Default::default(), &mut out);
        }
        self.finish(&mut out);
        out.ready.into_iter().map(|ready| ready.c).collect()
    }
}

impl Templates {
    /// The highest id that a template brings.
    fn ids(&self) -> Option<u32> {
        let parts = self.single.iter().chain(self.pair.iter().flatten());
        parts
            .filter_map(|part| match part {
                Part::Special { ids, .. } => ids.iter().max().copied(),
                Part::Sequence { .. } => None,
            })
            .max()
    }
}
