//! The packed form: the vocabulary as the model writes it, and everything else as a tokenizer.json
//! without one.

use super::models::Source;
use super::tokenizer_json as json;
use crate::Error;
use crate::files::fields::{self, Fields};
use crate::files::json::{Json, Object};
use crate::tokenizer::stages::added_tokens::AddedToken;
use crate::tokenizer::stages::keep::Keep;
use crate::tokenizer::stages::normalizer::Normalizer;
use crate::tokenizer::stages::subwords::Subwords;
use crate::tokenizer::stages::trim::Trim;
use crate::tokenizer::stages::word_piece::{WordPiece, Words};
use crate::tokenizer::templates::Part;
use crate::tokenizer::{Described, Stages, Tokenizer};

const FILE: &str = "the packed tokenizer";

/// The packed form of a tokenizer with fewer pieces.
pub struct PackedFor {
    /// The vocabulary.
    pub vocabulary: Vec<u8>,
    /// The options.
    pub options: String,
    /// For each id, the one that the token had before.
    pub ids: Vec<u32>,
}

impl Tokenizer {
    /// Reads what [`Tokenizer::to_packed`] wrote: the vocabulary, in a form that depends on the
    /// model, and the options. WordPiece has the pieces in the order of their ids, each ended by a
    /// newline; an id without a piece is an empty line.
    pub fn from_packed(vocab: &[u8], options: &str) -> Result<Self, Error> {
        let root = fields::parse(options, FILE)?;
        json::from_parts(&Fields::root(&root, FILE)?, Source::Packed(vocab))
    }

    /// The vocabulary and the options, from which [`Tokenizer::from_packed`] makes the same
    /// tokenizer. Equal tokenizers give equal bytes.
    pub fn to_packed(&self) -> Result<(Vec<u8>, String), Error> {
        let (model, vocabulary) = match &self.stages {
            Stages::Bert(bert) => pack_word_piece(&bert.model),
            Stages::Chain(chain, _) => pack(&chain.model),
        };
        Ok((vocabulary, self.options(model, &|id| id)))
    }

    /// [`Tokenizer::to_packed`] with only those pieces that texts may need whose tokens are `used`: these,
    /// single characters, special tokens, and the first ids up to `first`. A text whose tokens are all kept
    /// has the same tokens under new ids.
    ///
    /// Returns the old id of each new one as well.
    pub fn to_packed_for(&self, used: &[u32], first: usize) -> Result<PackedFor, Error> {
        let mut keep = Keep::new(self.stages.vocabulary(), first);
        let special = self.added.iter().map(|token| token.id);
        let ids = used.iter().copied().chain(special).chain(self.unknown());
        ids.chain(self.template_ids().flatten().copied()).for_each(|id| keep.add(id));
        let kept = match &self.stages {
            Stages::Bert(bert) => Subwords::WordPiece(bert.model.only(&mut keep, Words::Bert)?),
            Stages::Chain(chain, _) => chain.model.only(&mut keep)?,
        };
        let mut ids = keep.ids();
        let added = json::assign_ids(self.added.clone(), kept.vocabulary());
        for (token, old) in added.iter().zip(&self.added) {
            let id = token.id as usize;
            // An id without a token has the row of the first one.
            ids.resize(ids.len().max(id + 1), 0);
            ids[id] = old.id;
        }
        let number = |id: u32| ids.iter().position(|&old| old == id).unwrap_or(0) as u32;
        let (model, vocabulary) = pack(&kept);
        let options = self.options(model, &number);
        Ok(PackedFor { vocabulary, options, ids })
    }

    /// A tokenizer.json around a model, in which the templates' ids are those that `number` says.
    fn options(&self, model: Json, number: &dyn Fn(u32) -> u32) -> String {
        let (normalizer, pre_tokenizer, trim) = match &self.stages {
            Stages::Bert(bert) => (
                bert_to_json(&bert.normalizer),
                Json::object(vec![("type", "BertPreTokenizer".into())]),
                None,
            ),
            Stages::Chain(chain, Described { normalizer, pre_tokenizer }) => {
                (normalizer.clone(), pre_tokenizer.clone(), chain.trim)
            }
        };
        let mut post_processor = self.templates_to_json(number);
        if let Some(Trim { prefix_space }) = trim {
            let trim = Json::object(vec![
                ("type", "ByteLevel".into()),
                ("add_prefix_space", prefix_space.into()),
                ("trim_offsets", true.into()),
            ]);
            post_processor = Json::object(vec![
                ("type", "Sequence".into()),
                ("processors", Json::array([trim, post_processor])),
            ]);
        }
        let json = Json::object(vec![
            ("version", "1.0".into()),
            ("normalizer", normalizer),
            ("pre_tokenizer", pre_tokenizer),
            ("model", model),
            ("added_tokens", Json::array(self.added.iter().map(added_to_json))),
            ("post_processor", post_processor),
        ]);
        json.to_string()
    }

    fn templates_to_json(&self, number: &dyn Fn(u32) -> u32) -> Json {
        let pair = self.templates.pair.as_deref().unwrap_or_default();
        let mut special = Object::default();
        for ids in self.template_ids() {
            let tokens = ids.iter().map(|&id| self.token(id).unwrap_or_default());
            let token = Json::object(vec![
                ("id", key(ids).into()),
                ("ids", Json::array(ids.iter().map(|&id| number(id)))),
                ("tokens", Json::array(tokens)),
            ]);
            special.insert(key(ids), token);
        }
        Json::object(vec![
            ("type", "TemplateProcessing".into()),
            ("single", Json::array(self.templates.single.iter().map(part_to_json))),
            ("pair", Json::array(pair.iter().map(part_to_json))),
            ("special_tokens", Json::Object(special)),
        ])
    }

    /// The ids that each part of the templates puts around texts.
    pub(in crate::tokenizer) fn template_ids(&self) -> impl Iterator<Item = &[u32]> {
        let parts = self.templates.single.iter().chain(self.templates.pair.iter().flatten());
        parts.filter_map(|part| match part {
            Part::Special { ids, .. } => Some(ids.as_slice()),
            Part::Sequence { .. } => None,
        })
    }
}

fn bert_to_json(normalizer: &Normalizer) -> Json {
    Json::object(vec![
        ("type", "BertNormalizer".into()),
        ("clean_text", normalizer.clean_text.into()),
        ("handle_chinese_chars", normalizer.handle_chinese_chars.into()),
        ("strip_accents", normalizer.strip_accents.into()),
        ("lowercase", normalizer.lowercase.into()),
    ])
}

fn word_piece_to_json(model: &WordPiece) -> Json {
    let options = &model.options;
    Json::object(vec![
        ("type", "WordPiece".into()),
        ("unk_token", options.unknown_token.as_str().into()),
        ("continuing_subword_prefix", options.prefix.as_str().into()),
        ("max_input_chars_per_word", options.max_word_chars.into()),
    ])
}

fn pack_word_piece(model: &WordPiece) -> (Json, Vec<u8>) {
    (word_piece_to_json(model), model.lines().to_vec())
}

/// The options of a model, and its vocabulary.
fn pack(model: &Subwords) -> (Json, Vec<u8>) {
    match model {
        Subwords::WordPiece(model) => pack_word_piece(model),
        Subwords::Unigram(model) => {
            let (unknown, byte_fallback) = model.options();
            let options = Json::object(vec![
                ("type", "Unigram".into()),
                ("unk_id", unknown.into()),
                ("byte_fallback", byte_fallback.into()),
            ]);
            (options, model.pack())
        }
        Subwords::Bpe(model) => {
            let options = &model.options;
            let unknown = options.unknown_token.as_deref().map_or(Json::Null, Json::from);
            let json = Json::object(vec![
                ("type", "BPE".into()),
                ("unk_token", unknown),
                ("continuing_subword_prefix", options.prefix.as_str().into()),
                ("end_of_word_suffix", options.suffix.as_str().into()),
                ("fuse_unk", options.fuse_unknown.into()),
                ("byte_fallback", options.byte_fallback.into()),
                ("ignore_merges", options.ignore_merges.into()),
            ]);
            (json, model.pack())
        }
    }
}

/// A name for what a template puts in: its ids.
fn key(ids: &[u32]) -> String {
    let mut key = String::new();
    for id in ids {
        if !key.is_empty() {
            key.push(' ');
        }
        key += &id.to_string();
    }
    key
}

fn part_to_json(part: &Part) -> Json {
    let (kind, id, type_id) = match part {
        Part::Special { ids, type_id } => ("SpecialToken", key(ids), type_id),
        Part::Sequence { index: 0, type_id } => ("Sequence", "A".to_owned(), type_id),
        Part::Sequence { type_id, .. } => ("Sequence", "B".to_owned(), type_id),
    };
    Json::object(vec![(
        kind,
        Json::object(vec![("id", id.into()), ("type_id", u32::from(*type_id).into())]),
    )])
}

fn added_to_json(token: &AddedToken) -> Json {
    Json::object(vec![
        ("id", token.id.into()),
        ("content", token.content.as_str().into()),
        ("single_word", token.single_word.into()),
        ("lstrip", token.lstrip.into()),
        ("rstrip", token.rstrip.into()),
        ("normalized", token.normalized.into()),
        ("special", token.special.into()),
    ])
}
