//! The models of tokenizer.json, with their vocabularies from there or from a packed file.

use super::tokenizer_json::id;
use crate::Error;
use crate::files::fields::Fields;
use crate::files::json::Json;
use crate::tokenizer::stages::bpe::{self, Bpe, Pairs};
use crate::tokenizer::stages::subwords::Subwords;
use crate::tokenizer::stages::unigram::Unigram;
use crate::tokenizer::stages::word_piece::{Options, WordPiece, Words};
use edgebert_subwords::lattice::Scores;
use edgebert_subwords::pieces::Pieces;

/// Where a vocabulary comes from.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// `model.vocab`.
    Json,
    /// What the model packed.
    Packed(&'a [u8]),
}

/// The model's type. Early files do not name it.
fn kind<'a>(model: &Fields<'a>) -> Result<&'a str, Error> {
    if !model.is_null("type") {
        model.string("type")
    } else if !model.is_null("merges") {
        Ok("BPE")
    } else {
        Ok("WordPiece")
    }
}

pub fn is_word_piece(root: &Fields<'_>) -> Result<bool, Error> {
    Ok(kind(&root.object("model")?)? == "WordPiece")
}

pub fn model(root: &Fields<'_>, source: Source<'_>) -> Result<Subwords, Error> {
    let model = root.object("model")?;
    match kind(&model)? {
        "WordPiece" => word_piece(root, source, Words::Any).map(Subwords::WordPiece),
        "Unigram" => unigram(&model, source).map(Subwords::Unigram),
        "BPE" => bpe(&model, source).map(Subwords::Bpe),
        _ => Err(model.unsupported("type")),
    }
}

pub fn word_piece(root: &Fields<'_>, source: Source<'_>, words: Words) -> Result<WordPiece, Error> {
    let model = root.object("model")?;
    let options = Options {
        unknown_token: model.string("unk_token")?.to_owned(),
        prefix: model.string("continuing_subword_prefix")?.to_owned(),
        max_word_chars: model.number("max_input_chars_per_word")?,
    };
    let lines = match source {
        Source::Packed(bytes) => bytes.to_vec(),
        Source::Json => {
            let mut pieces = by_id(&model)?;
            for piece in pieces.iter_mut().filter(|piece| piece.contains('\n')) {
                if words == Words::Any {
                    return Err(model.unsupported("vocab"));
                }
                // No word holds white space, so a piece that does is never found: any will do in
                // its place.
                *piece = " ";
            }
            join(&pieces)
        }
    };
    WordPiece::new(lines, options, words, root.file)
}

/// The pieces of an object from pieces to ids, in the order of their ids.
fn by_id<'a>(model: &Fields<'a>) -> Result<Vec<&'a str>, Error> {
    let vocab = model.object("vocab")?;
    let mut pieces: Vec<&str> = Vec::with_capacity(vocab.size());
    for (piece, value) in vocab.entries() {
        let id = id(&vocab, piece, value)? as usize;
        if pieces.len() <= id {
            pieces.resize(id + 1, "");
        }
        if !pieces[id].is_empty() && !piece.is_empty() {
            return Err(vocab.wrong(piece, &format!("has id {id}, as has `{}`", pieces[id])));
        }
        pieces[id] = piece;
    }
    Ok(pieces)
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

fn unigram(model: &Fields<'_>, source: Source<'_>) -> Result<Unigram, Error> {
    // Without one Hugging Face fails at the first unknown character.
    if model.is_null("unk_id") {
        return Err(model.unsupported("unk_id"));
    }
    let unknown = model.number("unk_id")?;
    let byte_fallback = model.option("byte_fallback")?.unwrap_or(false);
    let (pieces, scores) = match source {
        Source::Packed(bytes) => Unigram::unpack(bytes)
            .ok_or_else(|| model.wrong("vocab", "is damaged: pack the model again"))?,
        Source::Json => {
            let mut pieces = Pieces::default();
            let mut scores = Vec::new();
            for entry in model.array("vocab")? {
                let Some([Json::String(piece), Json::Number(score)]) = entry.as_array() else {
                    return Err(
                        model.wrong("vocab", "has an entry that is no piece with its score")
                    );
                };
                pieces.push(piece)?;
                scores.push(*score);
            }
            (pieces, Scores::new(scores))
        }
    };
    Unigram::new(pieces, scores, unknown, byte_fallback, model.file)
}

fn bpe(model: &Fields<'_>, source: Source<'_>) -> Result<Bpe, Error> {
    if model.optional_float("dropout")?.is_some_and(|dropout| dropout != 0.0) {
        return Err(model.unsupported("dropout"));
    }
    let text = |name: &str| -> Result<String, Error> {
        Ok(model.optional_string(name)?.unwrap_or_default().to_owned())
    };
    let flag = |name: &str| -> Result<bool, Error> { Ok(model.option(name)?.unwrap_or(false)) };
    let options = bpe::Options {
        unknown_token: model.optional_string("unk_token")?.map(str::to_owned),
        prefix: text("continuing_subword_prefix")?,
        suffix: text("end_of_word_suffix")?,
        fuse_unknown: flag("fuse_unk")?,
        byte_fallback: flag("byte_fallback")?,
        ignore_merges: flag("ignore_merges")?,
    };
    match source {
        Source::Packed(bytes) => {
            let (pieces, pairs) = Bpe::unpack(bytes)
                .ok_or_else(|| model.wrong("vocab", "is damaged: pack the model again"))?;
            Bpe::new(pieces, Pairs::Ids(pairs), options, model.file)
        }
        Source::Json => {
            let mut pieces = Pieces::default();
            for piece in by_id(model)? {
                pieces.push(piece)?;
            }
            let mut pairs = Vec::new();
            for merge in model.array("merges")? {
                let pair = match merge {
                    Json::String(text) if text.starts_with("#version") => continue,
                    Json::String(text) => text.split_once(' ').filter(|(_, b)| !b.contains(' ')),
                    _ => match merge.as_array() {
                        Some([Json::String(a), Json::String(b)]) => Some((a.as_str(), b.as_str())),
                        _ => None,
                    },
                };
                let wrong = || model.wrong("merges", "has an entry that is no pair of pieces");
                pairs.push(pair.ok_or_else(wrong)?);
            }
            Bpe::new(pieces, Pairs::Texts(pairs), options, model.file)
        }
    }
}
