//! Tokenizers: text in, ids out, exactly as Hugging Face's `tokenizers` gives them.
//!
//! [`read`] makes a tokenizer of its files. Text streams through [`stages`], which know characters
//! by the tables of [`unicode`]. [`encode`] puts the special tokens of [`templates`] around the
//! result and cuts pairs by [`truncation`]; [`offsets`] says where in the source each token was;
//! [`chunk`] cuts long texts at good [`boundaries`].

mod boundaries;
mod chunk;
mod encode;
mod offsets;
mod read;
mod scratch;
mod stages;
mod templates;
mod truncation;
mod unicode;

pub use chunk::Chunk;
pub use encode::FirstText;
pub use offsets::Offsets;
pub use read::PackedFor;
pub use scratch::Scratch;

use crate::Error;
use crate::files::json::Json;
use crate::files::names;
use stages::added_tokens::{AddedToken, Matcher};
use stages::chain::Chain;
use stages::normalizer::Normalizer as BertNormalizer;
use stages::normalizers::Normalizer;
use stages::pieces::Vocabulary;
use stages::pre_tokenizer::Sink;
use stages::stream::Bert;
use templates::{Part, Templates};

/// A tokenizer: its stages, and what stands around them.
pub struct Tokenizer {
    stages: Stages,
    /// Added tokens, special ones included, in the order of the file.
    added: Vec<AddedToken>,
    /// Added tokens that are looked for in the text as it is.
    source_matcher: Matcher,
    /// Added tokens that are looked for in the normalised text.
    normalized_matcher: Matcher,
    templates: Templates,
}

/// What makes tokens of text.
enum Stages {
    /// BERT's own, in one pass.
    Bert(Box<Bert>),
    /// Any others, one after the other, and the parts of tokenizer.json that describe them.
    Chain(Box<Chain>, Described),
}

/// The `normalizer` and the `pre_tokenizer` of a tokenizer.json.
struct Described {
    normalizer: Json,
    pre_tokenizer: Json,
}

impl Stages {
    fn vocabulary(&self) -> &dyn Vocabulary {
        match self {
            Stages::Bert(bert) => &bert.model,
            Stages::Chain(chain, _) => chain.model.vocabulary(),
        }
    }

    fn normalize(&self, text: &str) -> String {
        match self {
            Stages::Bert(bert) => bert.normalize(text),
            Stages::Chain(chain, _) => chain.normalize(text),
        }
    }
}

impl Tokenizer {
    fn new(
        stages: Stages,
        added: Vec<AddedToken>,
        templates: Templates,
        file: &str,
    ) -> Result<Self, Error> {
        let mut source = Vec::new();
        let mut normalized = Vec::new();
        let texts: Vec<String> =
            added.iter().map(|token| stages.normalize(&token.content)).collect();
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
        Ok(Tokenizer { stages, added, source_matcher, normalized_matcher, templates })
    }

    /// Runs a text through the stages, special tokens of the templates left out.
    fn run(&self, text: &str, offsets: bool, scratch: &mut Scratch, sink: &mut dyn Sink) {
        match &self.stages {
            Stages::Bert(bert) => bert.run(self, text, offsets, scratch, sink),
            Stages::Chain(chain, _) => chain.run(self, text, offsets, &mut scratch.chain, sink),
        }
    }

    /// The same tokenizer with texts in lower case, as sentence-transformers' `do_lower_case` has it:
    /// accents stay where they stayed before.
    pub fn lowercased(self) -> Result<Self, Error> {
        let Tokenizer { mut stages, added, templates, .. } = self;
        match &mut stages {
            Stages::Bert(bert) => {
                let normalizer = bert.normalizer;
                if !normalizer.lowercase {
                    let strip_accents = Some(normalizer.strip_accents.unwrap_or(false));
                    bert.set_normalizer(BertNormalizer {
                        strip_accents,
                        lowercase: true,
                        ..normalizer
                    });
                }
            }
            Stages::Chain(chain, described) => {
                chain.normalizers.insert(0, Normalizer::Lowercase);
                described.lowercase();
            }
        }
        Tokenizer::new(stages, added, templates, names::TOKENIZER)
    }

    /// One more than the highest token id: how many rows an embedding table must have.
    pub fn vocab_size(&self) -> usize {
        let added = self.added.iter().map(|token| token.id as usize + 1).max().unwrap_or(0);
        let pieces = self.stages.vocabulary().len();
        let special = self.template_ids().flatten().map(|&id| id as usize + 1).max().unwrap_or(0);
        pieces.max(added).max(special)
    }

    /// The text of a token, as the vocabulary has it; `None` for an id that no token has.
    pub fn token(&self, id: u32) -> Option<&str> {
        let added = self.added.iter().find(|token| token.id == id);
        added.map(|token| token.content.as_str()).or_else(|| self.stages.vocabulary().piece(id))
    }

    /// The same tokenizer with nothing put around texts.
    pub fn without_special_tokens(mut self) -> Self {
        self.templates = Templates::none();
        self
    }

    /// The token that stands for what the vocabulary lacks.
    pub fn unknown(&self) -> Option<u32> {
        match &self.stages {
            Stages::Bert(bert) => Some(bert.model.unknown_id()),
            Stages::Chain(chain, _) => chain.model.unknown(),
        }
    }

    /// The median length of a token in characters, rounded down; as model2vec counts, each text once.
    pub fn median_length(&self) -> usize {
        let vocabulary = self.stages.vocabulary();
        let own = (0..vocabulary.len() as u32).filter_map(|id| vocabulary.piece(id));
        let added =
            self.added.iter().filter(|token| vocabulary.piece(token.id) != Some(&token.content));
        let texts = own.chain(added.map(|token| token.content.as_str()));
        // How many have each length.
        let (mut counts, mut all) = (Vec::new(), 0);
        for text in texts {
            let length = text.chars().count();
            counts.resize(counts.len().max(length + 1), 0usize);
            counts[length] += 1;
            all += 1;
        }
        let at = |index: usize| {
            let mut before = 0;
            counts
                .iter()
                .take_while(|&&count| {
                    before += count;
                    before <= index
                })
                .count()
        };
        if all == 0 { 0 } else { (at((all - 1) / 2) + at(all / 2)) / 2 }
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
