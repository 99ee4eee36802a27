//! vocab.txt with tokenizer_config.json: the tokenizer that `transformers` makes of them.

use super::{models, tokenizer_json as json};
use crate::Error;
use crate::files::fields::{self, Fields};
use crate::files::json::{Json, Object};
use crate::files::names;
use crate::tokenizer::stages::added_tokens::AddedToken;
use crate::tokenizer::stages::normalizer::Normalizer;
use crate::tokenizer::stages::stream::Bert;
use crate::tokenizer::stages::word_piece::{Options, WordPiece, Words};
use crate::tokenizer::templates::{Part, Templates};
use crate::tokenizer::{Stages, Tokenizer};

const VOCAB: &str = "vocab.txt";
const CONFIG: &str = "tokenizer_config.json";

/// A tokenizer class of `transformers` that builds BERT's stages itself, whatever tokenizer.json says.
struct Class {
    /// Without `Tokenizer` and `Fast` at the end.
    name: &'static str,
    /// Whether the model takes token types.
    typed: bool,
    /// Whether `do_lower_case` is heard: the DPR classes take it and drop it, unless their name
    /// ends in `Fast`.
    cased: bool,
}

const fn class(name: &'static str, typed: bool, cased: bool) -> Class {
    Class { name, typed, cased }
}

/// The classes that tokenizer_config.json may name, as transformers 5 has them. Others take
/// tokenizer.json as it is.
const CLASSES: [Class; 12] = [
    class("Bert", true, true),
    class("ConvBert", true, true),
    class("DPRContextEncoder", true, false),
    class("DPRQuestionEncoder", true, false),
    class("DPRReader", false, false),
    class("DistilBert", false, true),
    class("Electra", true, true),
    class("LayoutLM", true, true),
    class("Lxmert", true, true),
    class("MobileBert", true, true),
    class("SqueezeBert", true, true),
    class("Splinter", false, true),
];
/// One that makes the same normaliser, and has its own special tokens.
const MPNET: Class = class("MPNet", false, true);
/// Names of no class in particular: a vocab.txt beside them is BERT's.
const ANY_CLASS: [&str; 3] = ["TokenizersBackend", "PreTrainedTokenizerFast", "RetriBertTokenizer"];

/// Special tokens by their fields, with the texts that they have where a config does not say, in the
/// order in which `transformers` adds them.
const SPECIAL: [(&str, &str); 5] = [
    ("unk_token", "[UNK]"),
    ("sep_token", "[SEP]"),
    ("pad_token", "[PAD]"),
    ("cls_token", "[CLS]"),
    ("mask_token", "[MASK]"),
];
const UNKNOWN: usize = 0;
const SEPARATOR: usize = 1;
const CLASSIFIER: usize = 3;

impl Tokenizer {
    /// Reads a vocab.txt, one piece a line, with the options of tokenizer_config.json where there
    /// is one: `do_lower_case`, `strip_accents`, `tokenize_chinese_chars`, the special tokens and
    /// `added_tokens_decoder`. A special token that the vocabulary lacks is left out, except for
    /// the unknown token, [CLS] and [SEP], without which this fails.
    pub fn from_vocab_txt(vocab: &str, tokenizer_config: Option<&str>) -> Result<Self, Error> {
        let config = match tokenizer_config {
            Some(text) => fields::parse(text, CONFIG)?,
            None => Json::Object(Object::default()),
        };
        let config = Fields::root(&config, CONFIG)?;
        check_class(&config)?;
        check_side(&config)?;
        let class = config.optional_string("tokenizer_class")?.and_then(known_class);
        let normalizer = normalizer(&config, class.is_none_or(|(_, cased)| cased))?;
        let mut special = Vec::new();
        for (name, default) in SPECIAL {
            special.push(special_token(&config, name, default)?);
        }
        let options = Options {
            unknown_token: special[UNKNOWN].content.clone(),
            prefix: "##".to_owned(),
            max_word_chars: 100,
        };
        let mut lines: Vec<&str> = vocab.trim_end().lines().map(str::trim_end).collect();
        // Blank lines before the end are one piece, which no word has.
        if let Some(blank) = lines.iter_mut().find(|line| line.is_empty()) {
            *blank = " ";
        }
        let model = WordPiece::new(models::join(&lines), options, Words::Bert, VOCAB)?;
        let templates =
            templates(&model, &special[CLASSIFIER].content, &special[SEPARATOR].content)?;
        let mut present = Vec::new();
        for token in special {
            if let Some(id) = model.id(&token.content) {
                insert(AddedToken { id, ..token }, &mut present);
            }
        }
        let mut added = decoder(&config)?;
        added.append(&mut present);
        let added = json::assign_ids(added, &model);
        let stages = Stages::Bert(Box::new(Bert::new(normalizer, model)));
        Tokenizer::new(stages, added, templates, VOCAB)
    }

    /// What `transformers` makes of a tokenizer.json with this tokenizer_config.json beside it: a class of
    /// BERT's kind has its own normaliser by the config's flags, and pairs have token types only where
    /// the inputs of the model have them. `class` is meant where the config names none.
    pub fn configured(mut self, tokenizer_config: &str, class: &str) -> Result<Self, Error> {
        let config = fields::parse(tokenizer_config, CONFIG)?;
        let config = Fields::root(&config, CONFIG)?;
        check_side(&config)?;
        let name = config.optional_string("tokenizer_class")?.unwrap_or(class);
        let class =
            known_class(name).or((base(name) == Some(MPNET.name)).then_some((&MPNET, true)));
        match (&mut self.stages, class) {
            (Stages::Bert(bert), Some((_, cased))) => {
                bert.set_normalizer(normalizer(&config, cased)?);
            }
            (Stages::Chain(chain, described), _) if base(name) == Some("XLMRoberta") => {
                let prefix_space = config.option("add_prefix_space")?.unwrap_or(true);
                if chain.xlm_roberta(prefix_space) {
                    described.xlm_roberta(prefix_space);
                }
            }
            _ => {}
        }
        const INPUTS: &str = "model_input_names";
        let typed = if config.is_null(INPUTS) {
            class.is_none_or(|(class, _)| class.typed)
        } else {
            config.array(INPUTS)?.iter().any(|name| name.as_str() == Some("token_type_ids"))
        };
        if !typed {
            self.templates.clear_types();
        }
        let Tokenizer { stages, added, templates, .. } = self;
        Tokenizer::new(stages, added, templates, names::TOKENIZER)
    }
}

/// BERT's normaliser with a config's flags. `cased`: whether `do_lower_case` is heard.
fn normalizer(config: &Fields<'_>, cased: bool) -> Result<Normalizer, Error> {
    let flag = |name: &str| config.option(name).map(|flag| flag.unwrap_or(true));
    Ok(Normalizer {
        clean_text: true,
        handle_chinese_chars: flag("tokenize_chinese_chars")?,
        strip_accents: config.option("strip_accents")?,
        lowercase: flag("do_lower_case")? || !cased,
    })
}

/// The name of a tokenizer's class without its endings.
fn base(class: &str) -> Option<&str> {
    class.strip_suffix("Fast").unwrap_or(class).strip_suffix("Tokenizer")
}

/// The entry of [`CLASSES`] for the name of a class, and whether it hears `do_lower_case`.
fn known_class(name: &str) -> Option<(&'static Class, bool)> {
    let base = base(name)?;
    let class = CLASSES.iter().find(|class| class.name == base)?;
    Some((class, class.cased || name.ends_with("Fast")))
}

/// Texts are cut at their ends.
fn check_side(config: &Fields<'_>) -> Result<(), Error> {
    match config.optional_string("truncation_side")? {
        None | Some("right") => Ok(()),
        _ => Err(config.unsupported("truncation_side")),
    }
}

fn check_class(config: &Fields<'_>) -> Result<(), Error> {
    let class = config.optional_string("tokenizer_class")?;
    let known = |class: &str| known_class(class).is_some() || ANY_CLASS.contains(&class);
    if class.is_some_and(|class| !known(class)) {
        return Err(config.unsupported("tokenizer_class"));
    }
    if config.option("do_basic_tokenize")? == Some(false) {
        return Err(config.unsupported("do_basic_tokenize"));
    }
    if !config.is_null("never_split") && !config.array("never_split")?.is_empty() {
        return Err(config.unsupported("never_split"));
    }
    Ok(())
}

/// A special token, given as a string or as an object with its flags.
fn special_token(config: &Fields<'_>, name: &str, default: &str) -> Result<AddedToken, Error> {
    let content = if config.is_null(name) {
        default
    } else if let Ok(content) = config.string(name) {
        content
    } else {
        return json::added_token(&config.object(name)?);
    };
    Ok(AddedToken { content: content.to_owned(), special: true, ..AddedToken::default() })
}

/// The tokens of `added_tokens_decoder`, an object by id, in the order of their ids.
fn decoder(config: &Fields<'_>) -> Result<Vec<AddedToken>, Error> {
    const NAME: &str = "added_tokens_decoder";
    let mut tokens = Vec::new();
    if config.is_null(NAME) {
        return Ok(tokens);
    }
    let object = config.object(NAME)?;
    for (key, _) in object.entries() {
        let id = key.parse().map_err(|_| object.wrong(key, "is not named by a token id"))?;
        insert(AddedToken { id, ..json::added_token(&object.object(key)?)? }, &mut tokens);
    }
    Ok(tokens)
}

/// Adds a token to a list that is sorted by id.
fn insert(token: AddedToken, tokens: &mut Vec<AddedToken>) {
    tokens.insert(tokens.partition_point(|other| other.id <= token.id), token);
}

/// [CLS] a [SEP], and [CLS] a [SEP] b [SEP].
fn templates(model: &WordPiece, cls: &str, sep: &str) -> Result<Templates, Error> {
    let special = |token: &str, type_id| match model.id(token) {
        Some(id) => Ok(Part::Special { ids: vec![id], type_id }),
        None => Err(Error::field(VOCAB, "vocab", &format!("lacks the special token `{token}`"))),
    };
    let text = |index| Part::Sequence { index, type_id: index as u8 };
    let single = vec![special(cls, 0)?, text(0), special(sep, 0)?];
    let mut pair = single.clone();
    pair.extend([text(1), special(sep, 1)?]);
    Ok(Templates { single, pair: Some(pair) })
}
