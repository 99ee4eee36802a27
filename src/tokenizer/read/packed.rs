//! The packed form: the vocabulary as lines, and everything else as a tokenizer.json without one.

use super::tokenizer_json as json;
use crate::files::fields::{self, Fields};
use crate::files::json::JsonText;
use crate::tokenizer::stages::added_tokens::AddedToken;
use crate::tokenizer::templates::Part;
use crate::tokenizer::Tokenizer;
use crate::Error;

const FILE: &str = "the packed tokenizer";

impl Tokenizer {
    /// Reads what [`Tokenizer::to_packed`] wrote: the pieces in the order of their ids, each ended
    /// by a newline (an id without a piece is an empty line), and the options.
    pub fn from_packed(vocab: &[u8], options: &str) -> Result<Self, Error> {
        let root = fields::parse(options, FILE)?;
        json::from_parts(&Fields::root(&root, FILE)?, vocab.to_vec())
    }

    /// The vocabulary and the options, from which [`Tokenizer::from_packed`] makes the same
    /// tokenizer. Equal tokenizers give equal bytes.
    pub fn to_packed(&self) -> Result<(Vec<u8>, String), Error> {
        let normalizer = &self.normalizer;
        let options = &self.model.options;
        let mut text = JsonText::default();
        text.open('{').text_entry("version", "1.0");
        text.key("normalizer").open('{').text_entry("type", "BertNormalizer");
        text.flag_entry("clean_text", normalizer.clean_text);
        text.flag_entry("handle_chinese_chars", normalizer.handle_chinese_chars);
        text.key("strip_accents").flag(normalizer.strip_accents);
        text.flag_entry("lowercase", normalizer.lowercase);
        text.close('}');
        text.key("pre_tokenizer").open('{').text_entry("type", "BertPreTokenizer");
        text.close('}');
        text.key("model").open('{').text_entry("type", "WordPiece");
        text.text_entry("unk_token", &options.unknown_token);
        text.text_entry("continuing_subword_prefix", &options.prefix);
        text.number_entry("max_input_chars_per_word", options.max_word_chars);
        text.close('}');
        text.key("added_tokens").open('[');
        self.added.iter().for_each(|token| write_added(token, &mut text));
        text.close(']');
        text.key("post_processor").open('{').text_entry("type", "TemplateProcessing");
        let pair = self.templates.pair.as_deref().unwrap_or_default();
        for (name, parts) in [("single", self.templates.single.as_slice()), ("pair", pair)] {
            text.key(name).open('[');
            parts.iter().for_each(|part| write_part(part, &mut text));
            text.close(']');
        }
        text.key("special_tokens").open('{');
        let mut written = Vec::new();
        for ids in self.template_ids() {
            if written.contains(&ids) {
                continue;
            }
            written.push(ids);
            text.key(&key(ids)).open('{').text_entry("id", &key(ids));
            text.key("ids").open('[');
            ids.iter().for_each(|&id| text.number(id as usize));
            text.close(']');
            text.key("tokens").open('[');
            ids.iter().for_each(|&id| text.string(self.token(id).unwrap_or_default()));
            text.close(']');
            text.close('}');
        }
        for bracket in ['}', '}', '}'] {
            text.close(bracket);
        }
        Ok((self.model.lines().to_vec(), text.take()))
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

fn write_part(part: &Part, text: &mut JsonText) {
    let (kind, id, type_id) = match part {
        Part::Special { ids, type_id } => ("SpecialToken", key(ids), type_id),
        Part::Sequence { index: 0, type_id } => ("Sequence", "A".to_owned(), type_id),
        Part::Sequence { type_id, .. } => ("Sequence", "B".to_owned(), type_id),
    };
    text.open('{').key(kind).open('{').text_entry("id", &id);
    text.number_entry("type_id", usize::from(*type_id));
    text.close('}');
    text.close('}');
}

fn write_added(token: &AddedToken, text: &mut JsonText) {
    text.open('{').number_entry("id", token.id as usize);
    text.text_entry("content", &token.content);
    text.flag_entry("single_word", token.single_word);
    text.flag_entry("lstrip", token.lstrip);
    text.flag_entry("rstrip", token.rstrip);
    text.flag_entry("normalized", token.normalized);
    text.flag_entry("special", token.special);
    text.close('}');
}
