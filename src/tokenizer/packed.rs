//! The packed form: the vocabulary as lines, and everything else as a tokenizer.json without one.

use super::added_tokens::AddedToken;
use super::json::{self, Node};
use super::post_processor::Part;
use super::Tokenizer;
use crate::json::{Json, Object};
use crate::Error;

const FILE: &str = "the packed tokenizer";

impl Tokenizer {
    /// Reads what [`Tokenizer::to_packed`] wrote: the pieces in the order of their ids, each ended
    /// by a newline (an id without a piece is an empty line), and the options.
    pub fn from_packed(vocab: &[u8], options: &str) -> Result<Self, Error> {
        let root = json::parse(options, FILE)?;
        json::from_parts(&Node::root(&root, FILE)?, vocab.to_vec())
    }

    /// The vocabulary and the options, from which [`Tokenizer::from_packed`] makes the same
    /// tokenizer. Equal tokenizers give equal bytes.
    pub fn to_packed(&self) -> Result<(Vec<u8>, String), Error> {
        let normalizer = &self.normalizer;
        let options = &self.model.options;
        let mut special_tokens = Object::default();
        for ids in self.template_ids() {
            let token = Json::object(vec![
                ("id", key(ids).into()),
                ("ids", list(ids, |&id| (id as usize).into())),
                ("tokens", list(ids, |&id| self.token(id).unwrap_or_default().into())),
            ]);
            special_tokens.insert(key(ids), token);
        }
        let pair = self.templates.pair.as_deref().unwrap_or_default();
        let value = Json::object(vec![
            ("version", "1.0".into()),
            (
                "normalizer",
                Json::object(vec![
                    ("type", "BertNormalizer".into()),
                    ("clean_text", normalizer.clean_text.into()),
                    ("handle_chinese_chars", normalizer.handle_chinese_chars.into()),
                    ("strip_accents", normalizer.strip_accents.into()),
                    ("lowercase", normalizer.lowercase.into()),
                ]),
            ),
            ("pre_tokenizer", Json::object(vec![("type", "BertPreTokenizer".into())])),
            (
                "model",
                Json::object(vec![
                    ("type", "WordPiece".into()),
                    ("unk_token", options.unknown_token.as_str().into()),
                    ("continuing_subword_prefix", options.prefix.as_str().into()),
                    ("max_input_chars_per_word", options.max_word_chars.into()),
                ]),
            ),
            ("added_tokens", list(&self.added, added_token)),
            (
                "post_processor",
                Json::object(vec![
                    ("type", "TemplateProcessing".into()),
                    ("single", list(&self.templates.single, part)),
                    ("pair", list(pair, part)),
                    ("special_tokens", Json::Object(special_tokens)),
                ]),
            ),
        ]);
        Ok((self.model.lines().to_vec(), value.to_string()))
    }

    fn template_ids(&self) -> impl Iterator<Item = &[u32]> {
        let parts = self.templates.single.iter().chain(self.templates.pair.iter().flatten());
        parts.filter_map(|part| match part {
            Part::Special { ids, .. } => Some(ids.as_slice()),
            Part::Sequence { .. } => None,
        })
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

fn list<T>(items: &[T], to_json: impl Fn(&T) -> Json) -> Json {
    items.iter().map(to_json).collect::<Vec<Json>>().into()
}

fn part(part: &Part) -> Json {
    let (kind, id, type_id) = match part {
        Part::Special { ids, type_id } => ("SpecialToken", key(ids), type_id),
        Part::Sequence { index: 0, type_id } => ("Sequence", "A".to_owned(), type_id),
        Part::Sequence { type_id, .. } => ("Sequence", "B".to_owned(), type_id),
    };
    let content = vec![("id", id.into()), ("type_id", usize::from(*type_id).into())];
    Json::object(vec![(kind, Json::object(content))])
}

fn added_token(token: &AddedToken) -> Json {
    Json::object(vec![
        ("id", (token.id as usize).into()),
        ("content", token.content.as_str().into()),
        ("single_word", token.single_word.into()),
        ("lstrip", token.lstrip.into()),
        ("rstrip", token.rstrip.into()),
        ("normalized", token.normalized.into()),
        ("special", token.special.into()),
    ])
}
