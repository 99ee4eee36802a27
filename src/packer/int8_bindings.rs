//! What JavaScript sees of calibrated int8 files: one model that is packed layer by layer, in steps between
//! which the caller can show progress.

use crate::bindings::{fail, texts_of};
use crate::int8::{Calibration, Int8Map};
use crate::model::{Activation, MAPS, Shape};
use wasm_bindgen::prelude::*;

/// Calibrates an encoder: it is given the tensors of the embeddings and then texts, in batches.
///
/// For each layer after that: its tensors, an `observe` for every batch, a `quantize` for every map, and
/// `nextLayer`.
#[wasm_bindgen]
pub struct Int8Packer {
    calibration: Calibration,
    scales: Vec<f32>,
}

#[wasm_bindgen]
impl Int8Packer {
    #[wasm_bindgen(constructor)]
    pub fn new(
        hidden: usize,
        heads: usize,
        intermediate: usize,
        epsilon: f32,
        activation: &str,
        first_position: usize,
    ) -> Result<Int8Packer, JsError> {
        let activation =
            Activation::from_name(activation).ok_or_else(|| fail("an unknown activation"))?;
        let shape = Shape {
            hidden,
            heads,
            intermediate,
            epsilon,
            activation,
            first_position,
            first_piece: false,
        };
        Ok(Int8Packer { calibration: Calibration::new(shape), scales: Vec::new() })
    }

    /// Gives a tensor of the embeddings or, as layer 0, of the present layer, row-major; see
    /// [`crate::model::Model::slot`] for the names.
    pub fn tensor(&mut self, name: &str, values: Vec<f32>) -> Result<(), JsError> {
        let slot = self.calibration.model.slot(name);
        *slot.ok_or_else(|| fail(&format!("no tensor is called {name}")))? = values;
        Ok(())
    }

    /// Takes a batch of texts in: the ids of all of them, and how many each has.
    pub fn embed(&mut self, ids: &[u32], lengths: &[u32]) -> Result<(), JsError> {
        let model = &self.calibration.model;
        model.check_embeddings().map_err(unfit)?;
        let texts = texts_of(ids, lengths, model.words.len() / model.shape.hidden)?;
        self.calibration.embed(&texts);
        Ok(())
    }

    /// Passes a batch through the present layer.
    pub fn observe(&mut self, batch: usize) -> Result<(), JsError> {
        self.calibration.model.check_layer(0).map_err(unfit)?;
        if batch >= self.calibration.batches() {
            return Err(fail("there is no such batch"));
        }
        self.calibration.observe(batch);
        Ok(())
    }

    /// The weights of a map in int8.
    pub fn quantize(&mut self, map: usize) -> Result<Vec<i8>, JsError> {
        let Int8Map { values, scales } = Some(map)
            .filter(|&map| map < MAPS)
            .and_then(|map| self.calibration.quantize(map))
            .ok_or_else(|| fail("no such map was observed"))?;
        self.scales = scales;
        Ok(values)
    }

    /// Of what was quantised last, the scales.
    pub fn scales(&self) -> Vec<f32> {
        self.scales.clone()
    }

    /// What the inputs of a map are multiplied by, and its weights were divided by.
    pub fn equalization(&mut self, map: usize) -> Result<Vec<f32>, JsError> {
        let factors = Some(map)
            .filter(|&map| map < MAPS)
            .and_then(|map| self.calibration.equalization(map))
            .ok_or_else(|| fail("no such map was observed"))?;
        Ok(factors.to_vec())
    }

    /// Ends the present layer.
    #[wasm_bindgen(js_name = nextLayer)]
    pub fn next_layer(&mut self) {
        self.calibration.next_layer();
    }
}

fn unfit(name: String) -> JsError {
    fail(&format!("{name} has another size than the model"))
}
