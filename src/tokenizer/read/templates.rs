//! The post-processors of tokenizer.json.

use super::tokenizer_json::id;
use crate::Error;
use crate::files::fields::Fields;
use crate::files::json::Json;
use crate::tokenizer::stages::trim::Trim;
use crate::tokenizer::templates::{Part, Templates};

/// The templates, and how offsets are trimmed, if at all.
pub fn post_processor(root: &Fields<'_>) -> Result<(Templates, Option<Trim>), Error> {
    const NAME: &str = "post_processor";
    let mut templates = None;
    let mut trim = None;
    if !root.is_null(NAME) {
        read(root.object(NAME)?, &mut templates, &mut trim)?;
    }
    let sequence = |index: usize| Part::Sequence { index, type_id: index as u8 };
    let plain =
        || Templates { single: vec![sequence(0)], pair: Some(vec![sequence(0), sequence(1)]) };
    Ok((templates.unwrap_or_else(plain), trim))
}

/// Reads a processor, or those of a sequence: one that trims, and then one with templates.
fn read(
    node: Fields<'_>,
    templates: &mut Option<Templates>,
    trim: &mut Option<Trim>,
) -> Result<(), Error> {
    let kind = node.string("type")?;
    if templates.is_some() {
        return Err(node.unsupported("type"));
    }
    match kind {
        "Sequence" => {
            for (index, value) in node.array("processors")?.iter().enumerate() {
                read(node.item("processors", value, index)?, templates, trim)?;
            }
            return Ok(());
        }
        "ByteLevel" | "RobertaProcessing" => {
            if node.flag("trim_offsets")? {
                if trim.is_some() {
                    return Err(node.unsupported("trim_offsets"));
                }
                *trim = Some(Trim { prefix_space: node.flag("add_prefix_space")? });
            }
            if kind == "RobertaProcessing" {
                *templates = Some(around_texts(&node, 0, true)?);
            }
        }
        "BertProcessing" => *templates = Some(around_texts(&node, 1, false)?),
        _ => *templates = Some(template_processing(&node)?),
    }
    Ok(())
}

/// `cls` and `sep` around texts; two of `sep` between a pair if it is `doubled`.
fn around_texts(node: &Fields<'_>, second: u8, doubled: bool) -> Result<Templates, Error> {
    let special = |name: &str, type_id: u8| -> Result<Part, Error> {
        match node.array(name)? {
            [Json::String(_), value] => {
                Ok(Part::Special { ids: vec![id(node, name, value)?], type_id })
            }
            _ => Err(node.wrong(name, "is not a token and its id")),
        }
    };
    let text = |index: usize, type_id: u8| Part::Sequence { index, type_id };
    let single = vec![special("cls", 0)?, text(0, 0), special("sep", 0)?];
    let mut pair = single.clone();
    if doubled {
        pair.push(special("sep", 0)?);
    }
    pair.extend([text(1, second), special("sep", second)?]);
    Ok(Templates { single, pair: Some(pair) })
}

fn template_processing(node: &Fields<'_>) -> Result<Templates, Error> {
    node.kind("TemplateProcessing")?;
    let single = template(node, "single")?;
    if sequences(&single) != [0] || single.iter().any(|part| part_type(part) != 0) {
        return Err(node.unsupported("single"));
    }
    let pair = template(node, "pair")?;
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

fn type_id(fields: &Fields<'_>) -> Result<u8, Error> {
    u8::try_from(fields.number("type_id")?).map_err(|_| fields.unsupported("type_id"))
}
