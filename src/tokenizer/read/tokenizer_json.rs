//! tokenizer.json, with every stage that the engine has; anything else is refused by name.

use super::models::{self, Source};
use super::stages;
use super::templates::post_processor;
use crate::Error;
use crate::files::fields::{self, Fields};
use crate::files::json::Json;
use crate::files::names;
use crate::tokenizer::stages::added_tokens::AddedToken;
use crate::tokenizer::stages::chain::Chain;
use crate::tokenizer::stages::normalizer::Normalizer as BertNormalizer;
use crate::tokenizer::stages::pieces::Vocabulary;
use crate::tokenizer::stages::stream::Bert;
use crate::tokenizer::stages::word_piece::Words;
use crate::tokenizer::{Described, Stages, Tokenizer};
use edgebert_subwords::trie::{Key, Root, Trie};

/// Higher ids would make the vocabulary, a list by id, take gigabytes for nothing.
const MAX_ID: usize = 1 << 22;

impl Tokenizer {
    /// Reads a tokenizer.json. Its `truncation` and `padding` are left to the caller.
    ///
    /// Fails with [`ErrorKind::Unsupported`](crate::ErrorKind) where it asks for a stage or an
    /// option that the engine does not have, and with
    /// [`ErrorKind::InvalidField`](crate::ErrorKind) where it is malformed.
    pub fn from_json(tokenizer_json: &str) -> Result<Self, Error> {
        let root = fields::parse(tokenizer_json, names::TOKENIZER)?;
        from_parts(&Fields::root(&root, names::TOKENIZER)?, Source::Json)
    }
}

/// Builds a tokenizer from a tokenizer.json and its vocabulary.
pub fn from_parts(root: &Fields<'_>, source: Source<'_>) -> Result<Tokenizer, Error> {
    if !root.is_null("version") && root.string("version")? != "1.0" {
        return Err(root.unsupported("version"));
    }
    let (templates, trim) = post_processor(root)?;
    let bert = if trim.is_none() { bert_normalizer(root)? } else { None };
    let stages = match bert {
        Some(normalizer) => {
            let model = models::word_piece(root, source, Words::Bert)?;
            Stages::Bert(Box::new(Bert::new(normalizer, model)))
        }
        None => {
            let (normalizers, splitters) = (stages::normalizers(root)?, stages::splitters(root)?);
            let model = models::model(root, source)?;
            let part = |name: &str| root.get(name).cloned().unwrap_or(Json::Null);
            let described =
                Described { normalizer: part("normalizer"), pre_tokenizer: part("pre_tokenizer") };
            Stages::Chain(Box::new(Chain { normalizers, splitters, model, trim }), described)
        }
    };
    let added = added_tokens(root, stages.vocabulary())?;
    Tokenizer::new(stages, added, templates, root.file)
}

/// The normaliser of a tokenizer of BERT's kind; `None` if it is of another.
fn bert_normalizer(root: &Fields<'_>) -> Result<Option<BertNormalizer>, Error> {
    let is = |name: &str, list: &str, kind: &str| -> Result<bool, Error> {
        Ok(!root.is_null(name) && stages::is_sole(root.object(name)?, list, kind))
    };
    if !models::is_word_piece(root)?
        || !is("pre_tokenizer", "pretokenizers", "BertPreTokenizer")?
        || !(root.is_null("normalizer") || is("normalizer", "normalizers", "BertNormalizer")?)
    {
        return Ok(None);
    }
    if root.is_null("normalizer") {
        let off = BertNormalizer {
            clean_text: false,
            handle_chinese_chars: false,
            strip_accents: None,
            lowercase: false,
        };
        return Ok(Some(off));
    }
    stages::bert(&stages::sole(root.object("normalizer")?, "normalizers")?).map(Some)
}

impl Described {
    /// Puts a `Lowercase` before the normaliser.
    pub fn lowercase(&mut self) {
        let before = std::mem::replace(&mut self.normalizer, Json::Null);
        let mut all = vec![stage("Lowercase", [])];
        if !before.is_null() {
            all.push(before);
        }
        self.normalizer = stage("Sequence", [("normalizers", Json::Array(all))]);
    }

    /// Describes the stages that [`Chain::xlm_roberta`] makes.
    pub fn xlm_roberta(&mut self, prefix_space: bool) {
        self.normalizer = charsmap(&self.normalizer).cloned().unwrap_or(Json::Null);
        let text = |text: &str| Json::String(text.to_owned());
        let scheme = text(if prefix_space { "always" } else { "never" });
        let options = [("replacement", text("▁")), ("prepend_scheme", scheme)];
        let all = vec![stage("WhitespaceSplit", []), stage("Metaspace", options)];
        self.pre_tokenizer = stage("Sequence", [("pretokenizers", Json::Array(all))]);
    }
}

fn stage<const N: usize>(kind: &str, options: [(&str, Json); N]) -> Json {
    let kind = ("type", Json::from(kind));
    Json::object(std::iter::once(kind).chain(options).collect())
}

/// The first `Precompiled` among normalisers.
fn charsmap(normalizer: &Json) -> Option<&Json> {
    let object = normalizer.as_object()?;
    match object.get("type")?.as_str()? {
        "Precompiled" => Some(normalizer),
        "Sequence" => object.get("normalizers")?.as_array()?.iter().find_map(charsmap),
        _ => None,
    }
}

fn added_tokens(root: &Fields<'_>, model: &dyn Vocabulary) -> Result<Vec<AddedToken>, Error> {
    const NAME: &str = "added_tokens";
    let mut tokens = Vec::new();
    if !root.is_null(NAME) {
        for (index, value) in root.array(NAME)?.iter().enumerate() {
            tokens.push(added_token(&root.item(NAME, value, index)?)?);
        }
    }
    Ok(assign_ids(tokens, model))
}

/// An added token that has no id yet.
pub fn added_token(node: &Fields<'_>) -> Result<AddedToken, Error> {
    Ok(AddedToken {
        id: 0,
        content: node.string("content")?.to_owned(),
        single_word: node.flag("single_word")?,
        lstrip: node.flag("lstrip")?,
        rstrip: node.flag("rstrip")?,
        normalized: node.flag("normalized")?,
        special: node.option("special")?.unwrap_or(true),
    })
}

/// Gives tokens the ids that Hugging Face gives them, whatever the file says: the model's where it
/// has the token, else new ones from the vocabulary's size on. Of equal tokens the last stays, an
/// empty one goes.
pub fn assign_ids(tokens: Vec<AddedToken>, model: &dyn Vocabulary) -> Vec<AddedToken> {
    let mut tokens = tokens;
    tokens.retain(|token| !token.content.is_empty());
    let contents = tokens.iter().enumerate();
    let keys =
        contents.map(|(index, token)| Key::new(token.content.as_bytes(), index as u32)).collect();
    let Some(last) = Trie::build(&mut [keys]) else { return Vec::new() };
    let mut ids = vec![None; tokens.len()];
    for id in 0..model.len() {
        if let Some(index) = model.line(id).and_then(|piece| last.get(Root(0), piece)) {
            ids[index as usize] = Some(id as u32);
        }
    }
    let mut next = model.count() as u32;
    let mut added = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let Some(last) = last.get(Root(0), token.content.as_bytes()) else { continue };
        let id = *ids[last as usize].get_or_insert_with(|| {
            next += 1;
            next - 1
        });
        if last as usize == index {
            added.push(AddedToken { id, ..token.clone() });
        }
    }
    added
}

pub fn id(fields: &Fields<'_>, name: &str, value: &Json) -> Result<u32, Error> {
    let id = value.as_u64().filter(|&id| id < MAX_ID as u64);
    id.map(|id| id as u32).ok_or_else(|| fields.wrong(name, "is not a token id"))
}
