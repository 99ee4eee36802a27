//! What checkpoints call their tensors and how many layers they have, and the tokenizer beside them.

use crate::files::fields::{self, Fields};
use crate::files::json::Texts;
use crate::files::names;
use crate::model::config::Config;
use crate::model::tensors;
use crate::tokenizer::Tokenizer;
use crate::weights::header::Header;
use crate::{Error, ErrorKind};

/// What stands before the names of an encoder's tensors in a checkpoint: nothing, `bert.`,
/// `0.auto_model.`, …
pub(super) fn prefix<'h>(header: &'h Header, config: &Config) -> Result<&'h str, Error> {
    let first = tensors::words(config.architecture);
    let found = header.tensors.iter().find_map(|tensor| tensor.name.strip_suffix(first));
    found.ok_or_else(|| ErrorKind::MissingTensor { name: first.to_owned() }.into())
}

/// The tensor's name in a checkpoint: with its prefix, which what stands behind the encoder lacks,
/// and with the names that layer norms had in the first BERT checkpoints where the file has those.
pub(super) fn name_in_file(header: &Header, prefix: &str, name: String) -> String {
    let current = format!("{prefix}{name}");
    if header.index(&current).is_some() {
        return current;
    }
    let early = |new, old| Some(format!("{}{old}", current.strip_suffix(new)?));
    let early = early("LayerNorm.weight", "LayerNorm.gamma")
        .or_else(|| early("LayerNorm.bias", "LayerNorm.beta"));
    match early {
        Some(early) if header.index(&early).is_some() => early,
        _ if header.index(&name).is_some() => name,
        _ => current,
    }
}

/// Fails where the file has another number of layers than config.json says.
pub(super) fn check_layers(header: &Header, prefix: &str, config: &Config) -> Result<(), Error> {
    let stem = format!("{prefix}{}", tensors::stem(config.architecture));
    let number = |name: &str| name.strip_prefix(&stem)?.split('.').next()?.parse::<usize>().ok();
    let last = header.tensors.iter().filter_map(|tensor| number(&tensor.name)).max();
    let layers = last.map_or(0, |last| last.saturating_add(1));
    if layers != config.layers {
        let how = if layers < config.layers { "end before" } else { "go on with" };
        let first = layers.min(config.layers);
        let reason = format!("is {}, but the weights {how} `{stem}{first}`", config.layers);
        return Err(Error::field(names::CONFIG, "num_hidden_layers", &reason));
    }
    Ok(())
}

/// tokenizer.json, or else vocab.txt with the options of tokenizer_config.json.
pub(super) fn tokenizer(files: &Texts, class: &str) -> Result<Tokenizer, Error> {
    let tokenizer = match (files.get(names::TOKENIZER), files.get(names::VOCABULARY)) {
        (Some(text), _) => {
            let tokenizer = Tokenizer::from_json(text)?;
            match files.get(names::TOKENIZER_CONFIG) {
                Some(options) => tokenizer.configured(options, class)?,
                None => tokenizer,
            }
        }
        (None, Some(vocabulary)) => {
            let options = files.get(names::TOKENIZER_CONFIG).map(String::as_str);
            Tokenizer::from_vocab_txt(vocabulary, options)?
        }
        (None, None) => {
            return Err(ErrorKind::MissingFile { file: names::TOKENIZER.to_owned() }.into());
        }
    };
    let Some(json) = fields::read(files, names::SENTENCE_BERT)? else { return Ok(tokenizer) };
    match Fields::root(&json, names::SENTENCE_BERT)?.option("do_lower_case")? {
        Some(true) => tokenizer.lowercased(),
        _ => Ok(tokenizer),
    }
}
