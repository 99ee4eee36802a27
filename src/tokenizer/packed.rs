//! The packed form: the vocabulary as lines, and everything else as a tokenizer.json without one.

use super::added_tokens::AddedToken;
use super::json::{self, Node};
use super::post_processor::Part;
use super::Tokenizer;
use crate::Error;
use serde_json::{json, Value};

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
        let special_tokens: Vec<(String, Value)> = self
            .template_ids()
            .map(|ids| (key(ids), json!({ "id": key(ids), "ids": ids, "tokens": self.names(ids) })))
            .collect();
        let value = json!({
            "version": "1.0",
            "normalizer": {
                "type": "BertNormalizer",
                "clean_text": normalizer.clean_text,
                "handle_chinese_chars": normalizer.handle_chinese_chars,
                "strip_accents": normalizer.strip_accents,
                "lowercase": normalizer.lowercase,
            },
            "pre_tokenizer": { "type": "BertPreTokenizer" },
            "model": {
                "type": "WordPiece",
                "unk_token": options.unknown_token,
                "continuing_subword_prefix": options.prefix,
                "max_input_chars_per_word": options.max_word_chars,
            },
            "added_tokens": self.added.iter().map(added_token).collect::<Vec<_>>(),
            "post_processor": {
                "type": "TemplateProcessing",
                "single": parts(&self.templates.single),
                "pair": parts(self.templates.pair.as_deref().unwrap_or_default()),
                "special_tokens": special_tokens.into_iter().collect::<serde_json::Map<_, _>>(),
            },
        });
        Ok((self.model.pieces().to_vec(), value.to_string()))
    }

    fn template_ids(&self) -> impl Iterator<Item = &[u32]> {
        let parts = self.templates.single.iter().chain(self.templates.pair.iter().flatten());
        parts.filter_map(|part| match part {
            Part::Special { ids, .. } => Some(ids.as_slice()),
            Part::Sequence { .. } => None,
        })
    }

    fn names(&self, ids: &[u32]) -> Vec<&str> {
        ids.iter().map(|&id| self.token(id).unwrap_or_default()).collect()
    }
}

/// A name for what a template puts in: its ids.
fn key(ids: &[u32]) -> String {
    ids.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
}

fn parts(template: &[Part]) -> Vec<Value> {
    let part = |part: &Part| match part {
        Part::Special { ids, type_id } => {
            json!({ "SpecialToken": { "id": key(ids), "type_id": type_id } })
        }
        Part::Sequence { index, type_id } => {
            let id = if *index == 0 { "A" } else { "B" };
            json!({ "Sequence": { "id": id, "type_id": type_id } })
        }
    };
    template.iter().map(part).collect()
}

fn added_token(token: &AddedToken) -> Value {
    json!({
        "id": token.id,
        "content": token.content,
        "single_word": token.single_word,
        "lstrip": token.lstrip,
        "rstrip": token.rstrip,
        "normalized": token.normalized,
        "special": token.special,
    })
}
