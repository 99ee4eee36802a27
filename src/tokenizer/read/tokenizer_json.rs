//! tokenizer.json, read with every option that BERT models use; anything else is refused by name.

use crate::Error;
use crate::files::fields::{self, Fields};
use crate::files::json::Json;
use crate::tokenizer::Tokenizer;
use crate::tokenizer::stages::added_tokens::AddedToken;
use crate::tokenizer::stages::normalizer::Normalizer;
use crate::tokenizer::stages::trie::{Root, Trie};
use crate::tokenizer::stages::word_piece::{Options, WordPiece};
use crate::tokenizer::templates::{Part, Templates};

const FILE: &str = "tokenizer.json";
/// Higher ids would make the vocabulary, a list by id, take gigabytes for nothing.
const MAX_ID: usize = 1 << 22;

impl Tokenizer {
    /// Reads a tokenizer.json. Its `truncation` and `padding` are left to the caller.
    ///
    /// Fails with [`ErrorKind::Unsupported`](crate::ErrorKind) where it asks for anything but a WordPiece model with
    /// BERT's normaliser and pre-tokeniser, and with [`ErrorKind::InvalidField`](crate::ErrorKind) where it is malformed.
    pub fn from_json(tokenizer_json: &str) -> Result<Self, Error> {
        let root = fields::parse(tokenizer_json, FILE)?;
        let root = Fields::root(&root, FILE)?;
        let pieces = vocabulary(&root)?;
        from_parts(&root, pieces)
    }
}

/// Builds a tokenizer from a tokenizer.json and its vocabulary as lines.
pub fn from_parts(root: &Fields<'_>, pieces: Vec<u8>) -> Result<Tokenizer, Error> {
    if !root.is_null("version") && root.string("version")? != "1.0" {
        return Err(root.unsupported("version"));
    }
    let options = model_options(root)?;
    let normalizer = normalizer(root)?;
    if root.is_null("pre_tokenizer") {
        return Err(root.unsupported("pre_tokenizer"));
    }
    sole(root.object("pre_tokenizer")?, "pretokenizers")?.kind("BertPreTokenizer")?;
    let templates = templates(root)?;
    let model = WordPiece::new(pieces, options, root.file)?;
    let added = added_tokens(root, &model)?;
    Tokenizer::new(normalizer, model, added, templates, root.file)
}

fn model_options(root: &Fields<'_>) -> Result<Options, Error> {
    let model = root.object("model")?;
    if !model.is_null("type") {
        model.kind("WordPiece")?;
    } else if !model.is_null("merges") {
        return Err(model.unsupported("merges"));
    }
    Ok(Options {
        unknown_token: model.string("unk_token")?.to_owned(),
        prefix: model.string("continuing_subword_prefix")?.to_owned(),
        max_word_chars: model.number("max_input_chars_per_word")?,
    })
}

/// The pieces of `model.vocab`, one line per id.
fn vocabulary(root: &Fields<'_>) -> Result<Vec<u8>, Error> {
    model_options(root)?;
    let vocab = root.object("model")?.object("vocab")?;
    let mut lines: Vec<&str> = Vec::with_capacity(vocab.size());
    for (piece, value) in vocab.entries() {
        let id = id(&vocab, piece, value)? as usize;
        if lines.len() <= id {
            lines.resize(id + 1, "");
        }
        if !lines[id].is_empty() && !piece.is_empty() {
            return Err(vocab.wrong(piece, &format!("has id {id}, as has `{}`", lines[id])));
        }
        // No word holds white space, so a piece that does is never found: any will do in its place.
        lines[id] = if piece.contains('\n') { " " } else { piece };
    }
    Ok(join(&lines))
}

/// Lines, each ended by a newline.
pub fn join(lines: &[&str]) -> Vec<u8> {
    let mut out = Vec::with_capacity(lines.iter().map(|line| line.len() + 1).sum());
    for line in lines {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    out
}

fn normalizer(root: &Fields<'_>) -> Result<Normalizer, Error> {
    if root.is_null("normalizer") {
        return Ok(Normalizer {
            clean_text: false,
            handle_chinese_chars: false,
            strip_accents: None,
            lowercase: false,
        });
    }
    let node = sole(root.object("normalizer")?, "normalizers")?;
    node.kind("BertNormalizer")?;
    Ok(Normalizer {
        clean_text: node.flag("clean_text")?,
        handle_chinese_chars: node.flag("handle_chinese_chars")?,
        strip_accents: node.option("strip_accents")?,
        lowercase: node.flag("lowercase")?,
    })
}

/// A `Sequence` of one stands for that one.
fn sole<'a>(node: Fields<'a>, list: &str) -> Result<Fields<'a>, Error> {
    if node.string("type")? != "Sequence" {
        return Ok(node);
    }
    let items = node.array(list)?;
    if items.len() != 1 {
        return Err(node.unsupported(list));
    }
    sole(node.item(list, &items[0], 0)?, list)
}

fn templates(root: &Fields<'_>) -> Result<Templates, Error> {
    let sequence = |index: usize| Part::Sequence { index, type_id: index as u8 };
    if root.is_null("post_processor") {
        return Ok(Templates {
            single: vec![sequence(0)],
            pair: Some(vec![sequence(0), sequence(1)]),
        });
    }
    let node = sole(root.object("post_processor")?, "processors")?;
    if node.string("type")? == "BertProcessing" {
        let special = |name: &str, type_id: u8| -> Result<Part, Error> {
            match node.array(name)? {
                [Json::String(_), value] => {
                    Ok(Part::Special { ids: vec![id(&node, name, value)?], type_id })
                }
                _ => Err(node.wrong(name, "is not a token and its id")),
            }
        };
        let single = vec![special("cls", 0)?, sequence(0), special("sep", 0)?];
        let pair = single.iter().cloned().chain([sequence(1), special("sep", 1)?]).collect();
        return Ok(Templates { single, pair: Some(pair) });
    }
    node.kind("TemplateProcessing")?;
    let single = template(&node, "single")?;
    if sequences(&single) != [0] || single.iter().any(|part| part_type(part) != 0) {
        return Err(node.unsupported("single"));
    }
    let pair = template(&node, "pair")?;
    let both = matches!(sequences(&pair)[..], [0, 1] | [1, 0]);
    Ok(Templates { single, pair: both.then_some(pair) })
}

fn template(node: &Fields<'_>, name: &str) -> Result<Vec<Part>, Error> {
    let mut parts = Vec::new();
    for (index, value) in node.array(name)?.iter().enumerate() {
        let part = node.item(name, value, index)?;
        if !part.is_null("SpecialToken") {
            let token = part.object("SpecialToken")?;
            let type_id = type_id(&token)?;
            let special = node.object("special_tokens")?.object(token.string("id")?)?;
            let mut ids = Vec::new();
            for value in special.array("ids")? {
                ids.push(id(&special, "ids", value)?);
            }
            parts.push(Part::Special { ids, type_id });
        } else {
            let sequence = part.object("Sequence")?;
            let index = match sequence.string("id")? {
                "A" => 0,
                "B" => 1,
                _ => return Err(sequence.unsupported("id")),
            };
            parts.push(Part::Sequence { index, type_id: type_id(&sequence)? });
        }
    }
    Ok(parts)
}

fn sequences(template: &[Part]) -> Vec<usize> {
    let index = |part: &Part| match part {
        Part::Sequence { index, .. } => Some(*index),
        Part::Special { .. } => None,
    };
    template.iter().filter_map(index).collect()
}

fn part_type(part: &Part) -> u8 {
    match part {
        Part::Special { type_id, .. } | Part::Sequence { type_id, .. } => *type_id,
    }
}

fn added_tokens(root: &Fields<'_>, model: &WordPiece) -> Result<Vec<AddedToken>, Error> {
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
pub fn assign_ids(tokens: Vec<AddedToken>, model: &WordPiece) -> Vec<AddedToken> {
    let mut tokens = tokens;
    tokens.retain(|token| !token.content.is_empty());
    let contents = tokens.iter().enumerate();
    let keys = contents.map(|(index, token)| (token.content.as_bytes(), index as u32)).collect();
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

fn id(fields: &Fields<'_>, name: &str, value: &Json) -> Result<u32, Error> {
    let id = value.as_u64().filter(|&id| id < MAX_ID as u64);
    id.map(|id| id as u32).ok_or_else(|| fields.wrong(name, "is not a token id"))
}

fn type_id(fields: &Fields<'_>) -> Result<u8, Error> {
    u8::try_from(fields.number("type_id")?).map_err(|_| fields.unsupported("type_id"))
}
