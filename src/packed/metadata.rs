//! What a packed file says about its model beside the tensors, in `__metadata__`.

use crate::Error;
use crate::files::fields::{self, Fields};
use crate::files::json::Texts;
use crate::files::settings::{Settings, has_prompt};
use crate::kernels::dot::Activations;
use crate::model::config::Config;
use crate::model::pipeline::Pipeline;
use crate::model::pooling::Pooling;
use crate::weights::header::Header;

pub(super) const FORMAT: &str = "edgebert";
const VERSION: &str = "1";
/// The version of files with coded tensors.
const COMPACT_VERSION: &str = "2";
/// The version of files whose maps take equalised activations of 7 bits.
const EQUALIZED_VERSION: &str = "3";
/// The version of such files with coded tensors.
const COMPACT_EQUALIZED_VERSION: &str = "4";
/// The packed file's own name, for errors.
pub const FILE: &str = "the packed file";

/// Whether a file is one that this module wrote.
pub fn is_packed(header: &Header) -> bool {
    header.metadata.get("format").is_some_and(|format| format == FORMAT)
}

/// What a packed file's `__metadata__` says.
pub struct Packed {
    /// The shape of the encoder.
    pub config: Config,
    /// What follows the encoder.
    pub pipeline: Pipeline,
    /// Length and prompts.
    pub settings: Settings,
    /// The tokenizer's options.
    pub tokenizer: String,
    /// What the activations of the layers' maps are rounded to.
    pub activations: Activations,
}

/// The version of packed files, not compact ones, whose maps take `activations`.
pub(super) fn version(activations: Activations) -> &'static str {
    match activations {
        Activations::Int14 => VERSION,
        Activations::Uint7 => EQUALIZED_VERSION,
    }
}

/// Reads and checks the metadata of a packed file.
pub fn read_metadata(header: &Header) -> Result<Packed, Error> {
    let get = |key: &str| {
        let value = header.metadata.get(key);
        value.ok_or_else(|| Error::field(FILE, &format!("__metadata__.{key}"), "is missing"))
    };
    let (activations, compact) = match get("version")?.as_str() {
        VERSION => (Activations::Int14, false),
        COMPACT_VERSION => (Activations::Int14, true),
        EQUALIZED_VERSION => (Activations::Uint7, false),
        COMPACT_EQUALIZED_VERSION => (Activations::Uint7, true),
        other => {
            return Err(Error::unsupported(FILE, "__metadata__.version", &format!("`{other}`")));
        }
    };
    let config = Config::parse(get("config")?, "the packed file's config")?;
    // Fields that hold their default are left out.
    let sources = header.metadata.iter().filter(|(name, _)| Pipeline::may_read(name));
    let sources: Texts = sources.map(|(name, text)| (name.clone(), text.clone())).collect();
    let name = get("pooling")?;
    let pipeline = match Pooling::from_name(name) {
        Some(pooling) if sources.is_empty() => Pipeline::of(vec![pooling]),
        None if sources.is_empty() => {
            return Err(Error::unsupported(FILE, "__metadata__.pooling", name));
        }
        _ => Pipeline::from_files(&sources, &config)?,
    };
    if pipeline.pooling_names() != *name {
        return Err(Error::field(FILE, "__metadata__.pooling", "differs from that of its files"));
    }
    let max_length = get("max_length")?;
    let max_length = max_length.parse().map_err(|_| {
        Error::field(FILE, "__metadata__.max_length", &format!("is `{max_length}`, not a number"))
    })?;
    const PROMPTS: &str = "the packed file's prompts";
    let prompts = Fields::root(&fields::parse(get("prompts")?, PROMPTS)?, PROMPTS)?.strings()?;
    let default_prompt = header.metadata.get("default_prompt").cloned();
    if default_prompt.as_ref().is_some_and(|name| !has_prompt(&prompts, name)) {
        return Err(Error::field(FILE, "__metadata__.default_prompt", "is none of the prompts"));
    }
    Ok(Packed {
        config,
        pipeline,
        settings: Settings { max_length, prompts, default_prompt, sources, compact },
        tokenizer: get("tokenizer")?.clone(),
        activations,
    })
}
