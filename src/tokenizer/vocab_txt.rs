//! vocab.txt with tokenizer_config.json: the tokenizer that `transformers` makes of them.

use super::added_tokens::AddedToken;
use super::json::{self, Node};
use super::normalizer::Normalizer;
use super::post_processor::{Part, Templates};
use super::word_piece::{Options, WordPiece};
use super::Tokenizer;
use crate::json::{Json, Object};
use crate::Error;

const VOCAB: &str = "vocab.txt";
const CONFIG: &str = "tokenizer_config.json";

/// Tokenizer classes that split text as BERT's does, without `Fast` at the end.
const CLASSES: [&str; 12] = [
    "Bert",
    "ConvBert",
    "DPRContextEncoder",
    "DPRQuestionEncoder",
    "DPRReader",
    "DistilBert",
    "Electra",
    "LayoutLM",
    "Lxmert",
    "MobileBert",
    "RetriBert",
    "SqueezeBert",
];

impl Tokenizer {
    /// Reads a vocab.txt, one piece a line, with the options of tokenizer_config.json where there
    /// is one: `do_lower_case`, `strip_accents`, `tokenize_chinese_chars` and the special tokens.
    pub fn from_vocab_txt(vocab: &str, tokenizer_config: Option<&str>) -> Result<Self, Error> {
        let config = match tokenizer_config {
            Some(text) => json::parse(text, CONFIG)?,
            None => Json::Object(Object::new()),
        };
        let config = Node::root(&config, CONFIG)?;
        check_class(&config)?;
        let lines: Vec<&str> = vocab.lines().map(str::trim_end).collect();
        let special = |name: &str, default: &str| special_token(&config, name, default);
        let unknown = special("unk_token", "[UNK]")?;
        let options = Options {
            unknown_token: unknown.content.clone(),
            prefix: "##".to_owned(),
            max_word_chars: 100,
        };
        let flag = |name: &str, default: bool| {
            if config.is_null(name) {
                Ok(default)
            } else {
                config.flag(name)
            }
        };
        let normalizer = Normalizer {
            clean_text: true,
            handle_chinese_chars: flag("tokenize_chinese_chars", true)?,
            strip_accents: if config.is_null("strip_accents") {
                None
            } else {
                Some(config.flag("strip_accents")?)
            },
            lowercase: flag("do_lower_case", true)?,
        };
        let model = WordPiece::new(json::join(&lines), options, VOCAB)?;
        let id = |token: &AddedToken| {
            model.id(&token.content).ok_or_else(|| {
                Error::field(VOCAB, "vocab", format!("lacks the special token `{}`", token.content))
            })
        };
        let (cls, sep) = (special("cls_token", "[CLS]")?, special("sep_token", "[SEP]")?);
        let bert = |token: &AddedToken, type_id| {
            Ok::<_, Error>(Part::Special { ids: vec![id(token)?], type_id })
        };
        let text = |index| Part::Sequence { index, type_id: index as u8 };
        let single = vec![bert(&cls, 0)?, text(0), bert(&sep, 0)?];
        let pair = single.iter().cloned().chain([text(1), bert(&sep, 1)?]).collect();
        let mut added: Vec<AddedToken> = Vec::new();
        let padding = special("pad_token", "[PAD]")?;
        let mask = special("mask_token", "[MASK]")?;
        for mut token in [unknown, sep, padding, cls, mask] {
            // A special token that the model has no row for can't be meant.
            let Some(known) = model.id(&token.content) else { continue };
            token.id = known;
            if added.iter().all(|other| other.content != token.content) {
                added.push(token);
            }
        }
        added.sort_by_key(|token| token.id);
        Tokenizer::new(normalizer, model, added, Templates { single, pair: Some(pair) }, VOCAB)
    }
}

fn check_class(config: &Node<'_>) -> Result<(), Error> {
    if !config.is_null("tokenizer_class") {
        let class = config.string("tokenizer_class")?;
        let class = class.strip_suffix("Fast").unwrap_or(class);
        if !class.strip_suffix("Tokenizer").is_some_and(|class| CLASSES.contains(&class)) {
            return Err(config.unsupported("tokenizer_class"));
        }
    }
    if !config.is_null("do_basic_tokenize") && !config.flag("do_basic_tokenize")? {
        return Err(config.unsupported("do_basic_tokenize"));
    }
    if !config.is_null("never_split") && !config.array("never_split")?.is_empty() {
        return Err(config.unsupported("never_split"));
    }
    Ok(())
}

/// A special token, given as a string or as an object with its flags.
fn special_token(config: &Node<'_>, name: &str, default: &str) -> Result<AddedToken, Error> {
    let mut token = AddedToken {
        id: 0,
        content: default.to_owned(),
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
    };
    if config.is_null(name) {
        return Ok(token);
    }
    if let Ok(content) = config.string(name) {
        token.content = content.to_owned();
        return Ok(token);
    }
    let node = config.object(name)?;
    let flag = |name: &str| if node.is_null(name) { Ok(false) } else { node.flag(name) };
    token.content = node.string("content")?.to_owned();
    token.single_word = flag("single_word")?;
    token.lstrip = flag("lstrip")?;
    token.rstrip = flag("rstrip")?;
    token.normalized = flag("normalized")?;
    Ok(token)
}
