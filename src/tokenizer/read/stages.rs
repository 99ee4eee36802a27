//! The normalisers and pre-tokenisers of tokenizer.json.

use crate::Error;
use crate::files::fields::Fields;
use crate::tokenizer::stages::charsmap::Charsmap;
use crate::tokenizer::stages::normalizer::Normalizer as Bert;
use crate::tokenizer::stages::normalizers::Normalizer;
use crate::tokenizer::stages::pattern::Pattern;
use crate::tokenizer::stages::splitters::{Behavior, Scheme, Splitter};
use crate::tokenizer::unicode::forms::NormalForm;

/// A `Sequence` of one stands for that one.
pub fn sole<'a>(node: Fields<'a>, list: &str) -> Result<Fields<'a>, Error> {
    if node.string("type")? != "Sequence" {
        return Ok(node);
    }
    let items = node.array(list)?;
    if items.len() != 1 {
        return Err(node.unsupported(list));
    }
    sole(node.item(list, &items[0], 0)?, list)
}

/// Whether this is a stage of that kind, or a `Sequence` of nothing else.
pub fn is_sole(node: Fields<'_>, list: &str, kind: &str) -> bool {
    sole(node, list).is_ok_and(|node| node.string("type").is_ok_and(|found| found == kind))
}

/// The options of a `BertNormalizer`.
pub fn bert(node: &Fields<'_>) -> Result<Bert, Error> {
    Ok(Bert {
        clean_text: node.flag("clean_text")?,
        handle_chinese_chars: node.flag("handle_chinese_chars")?,
        strip_accents: node.option("strip_accents")?,
        lowercase: node.flag("lowercase")?,
    })
}

pub fn normalizers(root: &Fields<'_>) -> Result<Vec<Normalizer>, Error> {
    let mut stages = Vec::new();
    each(root, "normalizer", "normalizers", &mut |node| {
        stages.push(normalizer(node)?);
        Ok(())
    })?;
    Ok(stages)
}

pub fn splitters(root: &Fields<'_>) -> Result<Vec<Splitter>, Error> {
    let mut stages = Vec::new();
    each(root, "pre_tokenizer", "pretokenizers", &mut |node| {
        stages.push(splitter(node)?);
        Ok(())
    })?;
    Ok(stages)
}

/// Calls `found` with the stage of this name, or with those of a sequence.
fn each(
    parent: &Fields<'_>,
    name: &str,
    list: &str,
    found: &mut dyn FnMut(&Fields<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    if parent.is_null(name) {
        return Ok(());
    }
    all(parent.object(name)?, list, found)
}

fn all(
    node: Fields<'_>,
    list: &str,
    found: &mut dyn FnMut(&Fields<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    if node.string("type")? != "Sequence" {
        return found(&node);
    }
    for (index, value) in node.array(list)?.iter().enumerate() {
        all(node.item(list, value, index)?, list, found)?;
    }
    Ok(())
}

fn normalizer(node: &Fields<'_>) -> Result<Normalizer, Error> {
    let form = |compatible, composed| Normalizer::Form(NormalForm { compatible, composed });
    Ok(match node.string("type")? {
        "BertNormalizer" => Normalizer::Bert(bert(node)?),
        "Precompiled" => {
            const NAME: &str = "precompiled_charsmap";
            let map = base64(node.string(NAME)?).and_then(|bytes| Charsmap::new(&bytes));
            let map = map.ok_or_else(|| node.wrong(NAME, "is damaged"))?;
            Normalizer::Charsmap(Box::new(map))
        }
        "NFC" => form(false, true),
        "NFD" => form(false, false),
        "NFKC" => form(true, true),
        "NFKD" => form(true, false),
        "Lowercase" => Normalizer::Lowercase,
        "StripAccents" => Normalizer::StripAccents,
        "Nmt" => Normalizer::Nmt,
        "ByteLevel" => Normalizer::ByteLevel,
        "Prepend" => Normalizer::Prepend(node.string("prepend")?.to_owned()),
        "Strip" => {
            Normalizer::Strip { left: node.flag("strip_left")?, right: node.flag("strip_right")? }
        }
        "Replace" => Normalizer::Replace {
            pattern: pattern(node)?,
            content: node.string("content")?.to_owned(),
        },
        _ => return Err(node.unsupported("type")),
    })
}

fn splitter(node: &Fields<'_>) -> Result<Splitter, Error> {
    Ok(match node.string("type")? {
        "BertPreTokenizer" => Splitter::Bert,
        "Whitespace" => Splitter::Whitespace,
        "WhitespaceSplit" => Splitter::WhitespaceSplit,
        "Punctuation" => {
            let isolated = node.is_null("behavior");
            Splitter::Punctuation(if isolated { Behavior::Isolated } else { behavior(node)? })
        }
        "Digits" => Splitter::Digits(if node.flag("individual_digits")? {
            Behavior::Isolated
        } else {
            Behavior::Contiguous
        }),
        "ByteLevel" => Splitter::ByteLevel {
            prefix_space: node.flag("add_prefix_space")?,
            words: node.option("use_regex")?.unwrap_or(true),
        },
        "Metaspace" => metaspace(node)?,
        "Split" => Splitter::Split {
            pattern: pattern(node)?,
            behavior: behavior(node)?,
            invert: node.flag("invert")?,
        },
        _ => return Err(node.unsupported("type")),
    })
}

fn metaspace(node: &Fields<'_>) -> Result<Splitter, Error> {
    let mut chars = node.string("replacement")?.chars();
    let (Some(replacement), None) = (chars.next(), chars.next()) else {
        return Err(node.wrong("replacement", "is not one character"));
    };
    let scheme = match node.optional_string("prepend_scheme")? {
        None | Some("always") => Scheme::Always,
        Some("first") => Scheme::First,
        Some("never") => Scheme::Never,
        Some(_) => return Err(node.unsupported("prepend_scheme")),
    };
    if node.option("add_prefix_space")? == Some(false) && scheme != Scheme::Never {
        return Err(node.wrong("add_prefix_space", "does not agree with `prepend_scheme`"));
    }
    let split = node.option("split")?.unwrap_or(true);
    Ok(Splitter::Metaspace { replacement, scheme, split })
}

fn behavior(node: &Fields<'_>) -> Result<Behavior, Error> {
    Ok(match node.string("behavior")? {
        "Removed" => Behavior::Removed,
        "Isolated" => Behavior::Isolated,
        "MergedWithPrevious" => Behavior::MergedWithPrevious,
        "MergedWithNext" => Behavior::MergedWithNext,
        "Contiguous" => Behavior::Contiguous,
        _ => return Err(node.unsupported("behavior")),
    })
}

/// A text, or a regular expression that is known.
fn pattern(node: &Fields<'_>) -> Result<Pattern, Error> {
    let pattern = node.object("pattern")?;
    if !pattern.is_null("String") {
        let text = pattern.string("String")?;
        if text.is_empty() {
            return Err(pattern.unsupported("String"));
        }
        return Ok(Pattern::Text(text.to_owned()));
    }
    Pattern::regex(pattern.string("Regex")?).ok_or_else(|| pattern.unsupported("Regex"))
}

/// Decodes base64 with its padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        Some(u32::from(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        }))
    };
    if text.len() % 4 != 0 {
        return None;
    }
    let digits = text.trim_end_matches('=').as_bytes();
    if text.len() - digits.len() > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    for group in digits.chunks(4) {
        let mut bits = 0;
        for &byte in group {
            bits = bits << 6 | digit(byte)?;
        }
        bits <<= 6 * (4 - group.len() as u32);
        out.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    Some(out)
}
