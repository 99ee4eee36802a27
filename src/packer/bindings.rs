//! What JavaScript sees of compact files: one model that is packed, in steps between which the caller can
//! show progress.

use crate::calibrate::{Runner, Statistics};
use crate::equalization::{Factors, equalize, inputs_of};
use crate::frequency::frequencies;
use crate::matrices::{Matrix, RowsOf, matrices};
use crate::model::{Activation, Model, Shape};
use crate::pack::{level_of, rounded};
use crate::plan::Plan;
use edgebert_coding::encode::{Coded, Rows, encode};
use wasm_bindgen::prelude::*;

/// Packs one model: an encoder, of which it is given the tensors and then texts, or, by `plain`, some
/// matrices.
///
/// Then `plan`; after that each file is a `levelOf`, a `round` for every tensor, and an `encode`.
#[wasm_bindgen]
pub struct Packer {
    /// What texts are run through.
    model: Option<Model>,
    /// What is coded.
    matrices: Vec<Matrix>,
    /// What texts have shown so far, and how many of them have each piece.
    seen: Option<(Runner, Statistics)>,
    counts: Vec<u32>,
    texts: usize,
    plan: Option<Plan>,
    rounded: Vec<Rows>,
    coded: Option<Coded>,
    /// What the inputs of the maps are multiplied by.
    factors: Factors,
}

pub fn fail(reason: &str) -> JsError {
    JsError::new(reason)
}

#[wasm_bindgen]
impl Packer {
    #[wasm_bindgen(constructor)]
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        layers: usize,
        hidden: usize,
        heads: usize,
        intermediate: usize,
        epsilon: f32,
        activation: &str,
        first_position: usize,
        first_piece: bool,
    ) -> Result<Packer, JsError> {
        let activation =
            Activation::from_name(activation).ok_or_else(|| fail("an unknown activation"))?;
        let shape =
            Shape { hidden, heads, intermediate, epsilon, activation, first_position, first_piece };
        Ok(Packer { model: Some(Model::empty(shape, layers)), ..Packer::plain() })
    }

    /// For a compact file without calibration, of whatever model.
    pub fn plain() -> Packer {
        Packer {
            model: None,
            matrices: Vec::new(),
            seen: None,
            counts: Vec::new(),
            texts: 0,
            plan: None,
            rounded: Vec::new(),
            coded: None,
            factors: Factors::new(),
        }
    }

    /// Gives a tensor of the encoder, row-major; see [`Model::slot`] for the names.
    pub fn tensor(&mut self, name: &str, values: Vec<f32>) -> Result<(), JsError> {
        let slot = self.model.as_mut().and_then(|model| model.slot(name));
        *slot.ok_or_else(|| fail(&format!("no tensor is called {name}")))? = values;
        Ok(())
    }

    /// Gives the next tensor that is to be coded plainly; see [`RowsOf::from_name`] for what its rows stand
    /// for.
    pub fn matrix(
        &mut self,
        rows_of: &str,
        width: usize,
        weights: Vec<f32>,
    ) -> Result<(), JsError> {
        let rows_of = RowsOf::from_name(rows_of).filter(|_| self.model.is_none());
        let rows_of = rows_of.filter(|_| width > 0 && weights.len() % width == 0);
        let rows_of = rows_of.ok_or_else(|| fail("this is no matrix to be coded plainly"))?;
        self.matrices.push(Matrix { rows_of, weights, width });
        Ok(())
    }

    /// How many texts have each piece, and the number of those texts.
    pub fn count(&mut self, counts: Vec<u32>, texts: usize) {
        self.counts = counts;
        self.texts = texts;
    }

    /// Runs a few texts: the ids of all of them, and how many each has.
    pub fn calibrate(&mut self, ids: &[u32], lengths: &[u32]) -> Result<(), JsError> {
        let model = checked(self.model.as_ref())?;
        let words = model.words.len() / model.shape.hidden;
        let texts = texts_of(ids, lengths, words)?;
        let (runner, statistics) =
            self.seen.get_or_insert_with(|| (Runner::new(model), Statistics::new(model)));
        statistics.add(model, runner, &texts);
        Ok(())
    }

    /// Chooses where bits go. `vocabulary` has a piece a line; `special` are the ids of tokens such
    /// as [CLS].
    pub fn plan(&mut self, vocabulary: &str, special: &[u32]) -> Result<(), JsError> {
        let frequencies_of = |words: usize| {
            let mut pieces: Vec<&str> = vocabulary.split('\n').collect();
            // A table can have rows for which there are no pieces.
            pieces.resize(words, "");
            frequencies(&pieces, special, &self.counts, self.texts)
        };
        self.plan = Some(match (self.model.take(), self.seen.take()) {
            (Some(mut model), Some((_, mut statistics))) => {
                let frequencies = frequencies_of(model.words.len() / model.shape.hidden);
                self.factors = equalize(&mut model, &mut statistics);
                let plan = Plan::calibrated(&model, &frequencies, &mut statistics);
                self.matrices = matrices(&mut model);
                plan
            }
            (None, _) => {
                let words = self.matrices.iter().find(|matrix| matrix.rows_of == RowsOf::Words);
                Plan::plain(&self.matrices, &frequencies_of(words.map_or(0, Matrix::rows)))
            }
            _ => return Err(fail("there were no texts")),
        });
        Ok(())
    }

    /// How many tensors `round` has to be called for.
    #[wasm_bindgen(getter)]
    pub fn tensors(&self) -> usize {
        self.matrices.len()
    }

    /// Coded weights in all.
    #[wasm_bindgen(getter)]
    pub fn weights(&self) -> usize {
        self.matrices.iter().map(|matrix| matrix.weights.len()).sum()
    }

    /// The level of error at which the coded tensors have about `bytes`.
    #[wasm_bindgen(js_name = levelOf)]
    pub fn level_of(&self, bytes: f64) -> Result<f32, JsError> {
        let plan = self.plan.as_ref().ok_or_else(|| fail("there is no plan yet"))?;
        Ok(level_of(&self.matrices, plan, bytes))
    }

    /// Rounds the next tensor.
    pub fn round(&mut self, level: f32) -> Result<(), JsError> {
        let plan = self.plan.as_ref().ok_or_else(|| fail("there is no plan yet"))?;
        if self.rounded.len() == self.tensors() {
            return Err(fail("all tensors are rounded"));
        }
        self.rounded.push(rounded(&self.matrices, plan, self.rounded.len(), level));
        Ok(())
    }

    /// Codes what was rounded, and returns the number of bytes; then `round` starts from the first
    /// tensor.
    pub fn encode(&mut self) -> usize {
        let coded = encode(&std::mem::take(&mut self.rounded));
        let blocks: usize = coded.blocks.iter().flatten().map(Vec::len).sum();
        let bytes = coded.tables.len() + blocks;
        self.coded = Some(coded);
        bytes
    }

    /// Of what was coded last, the tables.
    pub fn tables(&self) -> Vec<u8> {
        self.coded.as_ref().map(|coded| coded.tables.clone()).unwrap_or_default()
    }

    /// A block of a tensor; nothing after its last one.
    pub fn block(&self, tensor: usize, number: usize) -> Option<Vec<u8>> {
        self.coded.as_ref()?.blocks.get(tensor)?.get(number).cloned()
    }

    /// What the inputs of a map are multiplied by once `plan` has found it, and its weights are divided by:
    /// numbers that bfloat16 has.
    pub fn equalization(&self, layer: usize, map: usize) -> Result<Vec<f32>, JsError> {
        let found = self.factors.get(layer).and_then(|factors| factors.get(inputs_of(map)));
        Ok(found.ok_or_else(|| fail("no such map is equalised"))?.clone())
    }
}

/// The texts of some ids, of which each has as many as `lengths` say.
pub fn texts_of<'i>(
    ids: &'i [u32],
    lengths: &[u32],
    words: usize,
) -> Result<Vec<&'i [u32]>, JsError> {
    let total: usize = lengths.iter().map(|&length| length as usize).sum();
    if total != ids.len() || lengths.contains(&0) || ids.iter().any(|&id| id as usize >= words) {
        return Err(fail("ids do not fit the model or their lengths"));
    }
    let mut rest = ids;
    let texts = lengths.iter().map(|&length| {
        let (text, others) = rest.split_at(length as usize);
        rest = others;
        text
    });
    Ok(texts.collect())
}

/// The encoder, if it is whole.
fn checked(model: Option<&Model>) -> Result<&Model, JsError> {
    let model = model.ok_or_else(|| fail("there is no encoder"))?;
    model.check().map_err(|name| fail(&format!("{name} has another size than the model")))?;
    Ok(model)
}
