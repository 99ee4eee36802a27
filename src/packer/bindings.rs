//! What JavaScript sees: one model that is packed, in steps between which the caller can show
//! progress.

use crate::calibrate::{Runner, Statistics};
use crate::equalization::{COMPACT, Factors, equalize, inputs_of};
use crate::frequency::frequencies;
use crate::int8::{Equalized, Int8Map};
use crate::model::{Activation, MAPS, Model, Shape};
use crate::pack::{level_of, rounded, tensors};
use crate::plan::Plan;
use edgebert_coding::encode::{Coded, Rows, encode};
use wasm_bindgen::prelude::*;

/// Packs one model. First its tensors, then texts if there are any.
///
/// For compact files then `plan`; after that each file is a `levelOf`, a `round` for every tensor, and an
/// `encode`. For an int8 file `equalize`, and then a `quantize` for each map of each layer.
#[wasm_bindgen]
pub struct Packer {
    model: Model,
    /// What texts have shown so far, and how many of them have each piece.
    seen: Option<(Runner, Statistics)>,
    counts: Vec<u32>,
    texts: usize,
    plan: Option<Plan>,
    rounded: Vec<Rows>,
    coded: Option<Coded>,
    equalized: Option<Equalized>,
    /// What the inputs of a compact file's maps are multiplied by.
    factors: Factors,
    scales: Vec<f32>,
}

fn fail(reason: &str) -> JsError {
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
        Ok(Packer {
            model: Model::empty(shape, layers),
            seen: None,
            counts: Vec::new(),
            texts: 0,
            plan: None,
            rounded: Vec::new(),
            coded: None,
            equalized: None,
            factors: Factors::new(),
            scales: Vec::new(),
        })
    }

    /// Gives a tensor, row-major; see [`Model::slot`] for the names.
    pub fn tensor(&mut self, name: &str, values: Vec<f32>) -> Result<(), JsError> {
        let slot =
            self.model.slot(name).ok_or_else(|| fail(&format!("no tensor is called {name}")))?;
        *slot = values;
        Ok(())
    }

    /// How many texts have each piece, and the number of those texts.
    pub fn count(&mut self, counts: Vec<u32>, texts: usize) {
        self.counts = counts;
        self.texts = texts;
    }

    /// Runs a few texts: the ids of all of them, and how many each has.
    pub fn calibrate(&mut self, ids: &[u32], lengths: &[u32]) -> Result<(), JsError> {
        self.model
            .check()
            .map_err(|name| fail(&format!("{name} has another size than the model")))?;
        let words = self.model.words.len() / self.model.shape.hidden;
        let total: usize = lengths.iter().map(|&length| length as usize).sum();
        if total != ids.len() || lengths.contains(&0) || ids.iter().any(|&id| id as usize >= words)
        {
            return Err(fail("ids do not fit the model or their lengths"));
        }
        let mut rest = ids;
        let mut texts = Vec::new();
        for &length in lengths {
            let (text, others) = rest.split_at(length as usize);
            texts.push(text);
            rest = others;
        }
        let model = &self.model;
        let (runner, statistics) =
            self.seen.get_or_insert_with(|| (Runner::new(model), Statistics::new(model)));
        statistics.add(model, runner, &texts);
        Ok(())
    }

    /// Chooses where bits go. `vocabulary` has a piece a line; `special` are the ids of tokens such
    /// as [CLS].
    pub fn plan(&mut self, vocabulary: &str, special: &[u32]) -> Result<(), JsError> {
        self.model
            .check()
            .map_err(|name| fail(&format!("{name} has another size than the model")))?;
        let words = self.model.words.len() / self.model.shape.hidden;
        let mut pieces: Vec<&str> = vocabulary.split('\n').collect();
        // A table can have rows for which there are no pieces.
        pieces.resize(words, "");
        let frequencies = frequencies(&pieces, special, &self.counts, self.texts);
        self.plan = Some(match self.seen.take() {
            Some((_, mut statistics)) => {
                self.factors = equalize(&mut self.model, &mut statistics, &COMPACT);
                Plan::calibrated(&self.model, &frequencies, &mut statistics)
            }
            None => Plan::plain(&self.model, &frequencies),
        });
        Ok(())
    }

    /// How many tensors `round` has to be called for.
    #[wasm_bindgen(getter)]
    pub fn tensors(&self) -> usize {
        tensors(&self.model).len()
    }

    /// Coded weights in all.
    #[wasm_bindgen(getter)]
    pub fn weights(&self) -> usize {
        tensors(&self.model).iter().map(|(weights, _)| weights.len()).sum()
    }

    /// The level of error at which the coded tensors have about `bytes`.
    #[wasm_bindgen(js_name = levelOf)]
    pub fn level_of(&self, bytes: f64) -> Result<f32, JsError> {
        let plan = self.plan.as_ref().ok_or_else(|| fail("there is no plan yet"))?;
        Ok(level_of(&self.model, plan, bytes))
    }

    /// Rounds the next tensor.
    pub fn round(&mut self, level: f32) -> Result<(), JsError> {
        let plan = self.plan.as_ref().ok_or_else(|| fail("there is no plan yet"))?;
        if self.rounded.len() == self.tensors() {
            return Err(fail("all tensors are rounded"));
        }
        self.rounded.push(rounded(&self.model, plan, self.rounded.len(), level));
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

    /// Ends calibration for an int8 file, and chooses what inputs are multiplied by.
    pub fn equalize(&mut self) -> Result<(), JsError> {
        let (_, statistics) = self.seen.take().ok_or_else(|| fail("there were no texts"))?;
        self.equalized = Some(Equalized::new(&mut self.model, statistics));
        Ok(())
    }

    /// What the inputs of a map are multiplied by once `equalize` or `plan` has found it, and its weights
    /// are divided by. Those of a compact file are numbers that bfloat16 has.
    pub fn equalization(&self, layer: usize, map: usize) -> Result<Vec<f32>, JsError> {
        let found = match &self.equalized {
            Some(equalized) if self.has(layer, map) => Some(equalized.equalization(layer, map)),
            _ => self
                .factors
                .get(layer)
                .and_then(|factors| factors.get(inputs_of(map)))
                .map(Vec::as_slice),
        };
        Ok(found.ok_or_else(|| fail("no such map is equalised"))?.to_vec())
    }

    /// The weights of a map in int8, once each.
    pub fn quantize(&mut self, layer: usize, map: usize) -> Result<Vec<i8>, JsError> {
        let known = self.has(layer, map);
        let equalized = self.equalized.as_mut().filter(|_| known);
        let equalized = equalized.ok_or_else(|| fail("no such map is equalised"))?;
        let Int8Map { values, scales } = equalized.quantize(&self.model, layer, map);
        self.scales = scales;
        Ok(values)
    }

    /// Of what was quantised last, the scales.
    pub fn scales(&self) -> Vec<f32> {
        self.scales.clone()
    }

    fn has(&self, layer: usize, map: usize) -> bool {
        layer < self.model.layers.len() && map < MAPS
    }
}
