//! The maps of the layers in int8, for activations of 7 bits: equalised, and rounded with feedback.
//!
//! Texts pass through the encoder layer by layer, in the engine's own arithmetic for activations of 14 bits.
//! What a layer's maps take in says how its weights are rounded; then the layer can be forgotten, so that no
//! more than one is in memory.
//!
//! Errors of a weight are made up for by other weights of the same output (GPTQ). For MiniLM, `1 - cosine` to
//! float32 is 289 millionths on average over 3,000 STS sentences and 528 over 86 odd texts. Making up for
//! errors across outputs too, as compact files do, takes the way back through the encoder and sums for each
//! map instead of each input: 280 and 515 in five times the time. Sums in blocks of 384 inputs, with half of
//! the texts, or of both, had 300 to 310 and 598 to 638.

use crate::equalization::{Channels, INPUTS, INT8, equalization, inputs_of};
use crate::factor::{Factor, factorise};
use crate::feedback::{LIMIT, round_rows};
use crate::forward::{Maps, embed, forward};
use crate::gram::{Gram, matrix};
use crate::model::*;
use crate::pieces::normalise;
use edgebert_kernels::activation;
use edgebert_kernels::dot::Activations;
use edgebert_kernels::matmul_f32::Rows;
use edgebert_kernels::matmul_int8::{Int8Matrix, PanelScratch, matmul_int8};
use edgebert_kernels::padded;
use edgebert_kernels::quantize_weights::QuantizedRow;
use std::cell::RefCell;

/// Inputs under one scale, as the engine's kernel for activations of 7 bits has them.
pub const GROUP: usize = 64;
/// A group whose weights are all smaller counts as zeros, as the engine has it.
const TINY: f32 = 1e-30;
/// Parts of the mean diagonal that are added before factors are taken. It is much because activations of 7
/// bits err, too. In float32, over every fifth sentence: 287 and 569 millionths with 0.5, 293 and 531 with 1.
const DAMPING: f32 = 0.7;

/// One map.
pub struct Int8Map {
    pub values: Vec<i8>,
    /// Row by row, one for each [`GROUP`] inputs: numbers that bfloat16 has.
    pub scales: Vec<f32>,
}

/// Texts on their way through the encoder.
pub struct Calibration {
    /// With one layer, the present one.
    pub model: Model,
    batches: Vec<Batch>,
    observed: Option<Observed>,
    scratch: RefCell<PanelScratch>,
}

/// Some texts: their pieces, and the rows that the layers so far have made.
struct Batch {
    lengths: Vec<usize>,
    rows: Vec<f32>,
}

/// What is known of a layer.
struct Observed {
    maps: EngineMaps,
    channels: [Channels; INPUTS.len()],
    grams: [Gram; INPUTS.len()],
    /// Once it is equalised.
    factors: Option<[Vec<f32>; INPUTS.len()]>,
    /// Of the inputs that were asked for last.
    feedback: Option<(usize, Factor)>,
}

impl Calibration {
    pub fn new(shape: Shape) -> Self {
        Calibration {
            model: Model::empty(shape, 1),
            batches: Vec::new(),
            observed: None,
            scratch: RefCell::default(),
        }
    }

    /// Takes a few texts in; each has at least one piece.
    pub fn embed(&mut self, texts: &[&[u32]]) {
        let Model { norm, shape, .. } = &self.model;
        let rows = normalise(&embed(&self.model, texts), norm, shape.epsilon).out;
        self.batches.push(Batch { lengths: texts.iter().map(|text| text.len()).collect(), rows });
    }

    /// How often [`Self::observe`] is to be called for each layer.
    pub fn batches(&self) -> usize {
        self.batches.len()
    }

    /// Passes a batch through the present layer.
    pub fn observe(&mut self, batch: usize) {
        let Calibration { model, batches, observed, scratch } = self;
        let observed = observed.get_or_insert_with(|| Observed::new(model));
        let Batch { lengths, rows } = &mut batches[batch];
        let maps = Multiplying { maps: &observed.maps, scratch };
        let trace =
            forward(&model.shape, &model.layers[0].norms, &maps, std::mem::take(rows), lengths);
        for (which, input) in trace.inputs().into_iter().enumerate() {
            observed.channels[which].add(input);
            observed.grams[which].add(input, &mut scratch.borrow_mut());
        }
        *rows = trace.out.out;
    }

    /// What the inputs of a map are multiplied by; `None` before anything was observed. From then on, the
    /// layer's weights are divided by it.
    pub fn equalization(&mut self, map: usize) -> Option<&[f32]> {
        let Calibration { model, observed, .. } = self;
        let observed = observed.as_mut()?;
        Some(&observed.equalized(model)[inputs_of(map)])
    }

    /// The weights of a map, equalised and rounded; `None` before anything was observed.
    pub fn quantize(&mut self, map: usize) -> Option<Int8Map> {
        let Calibration { model, observed, .. } = self;
        let observed = observed.as_mut()?;
        observed.equalized(model);
        let width = model.inputs(map);
        let factor = observed.feedback(inputs_of(map), width);
        let weights = &model.layers[0].maps[map].weight;
        let scales: Vec<f32> =
            weights.chunks_exact(width).flat_map(|row| row.chunks(GROUP).map(scale)).collect();
        let values = round_rows(weights, &scales, GROUP, factor);
        Some(Int8Map { values, scales })
    }

    /// Ends the present layer: the tensors of the next one may come.
    pub fn next_layer(&mut self) {
        self.observed = None;
    }
}

impl Observed {
    fn new(model: &Model) -> Self {
        let width = |which: usize| model.inputs(INPUTS[which][0]);
        Observed {
            maps: EngineMaps::new(model),
            channels: std::array::from_fn(|which| Channels::new(width(which))),
            grams: std::array::from_fn(|which| Gram::new(width(which))),
            factors: None,
            feedback: None,
        }
    }

    /// Equalises the layer if it is not; its factors.
    fn equalized(&mut self, model: &mut Model) -> &[Vec<f32>; INPUTS.len()] {
        let Observed { channels, grams, factors, .. } = self;
        factors.get_or_insert_with(|| {
            std::array::from_fn(|which| {
                let factors = equalization(model, 0, which, &channels[which], INT8);
                for &map in INPUTS[which] {
                    model.layers[0].maps[map].divide(&factors);
                }
                grams[which].scale(&factors);
                factors
            })
        })
    }

    fn feedback(&mut self, which: usize, width: usize) -> &Factor {
        let sums = &self.grams[which].sums;
        let known = self.feedback.take().filter(|(of, _)| *of == which);
        let (_, factor) =
            self.feedback.insert(known.unwrap_or_else(|| (which, factorise(sums, width, DAMPING))));
        factor
    }
}

/// The maps of a layer as the engine has them for activations of 14 bits.
struct EngineMaps {
    maps: [(Int8Matrix, Vec<f32>); MAPS],
    activation: activation::Activation,
}

impl EngineMaps {
    fn new(model: &Model) -> Self {
        let maps = std::array::from_fn(|map| {
            let (outputs, inputs) = (model.outputs(map), model.inputs(map));
            let Linear { weight, bias } = &model.layers[0].maps[map];
            let mut int8 = matrix(outputs, inputs);
            let mut quantized = QuantizedRow::default();
            for (output, row) in weight.chunks_exact(inputs).enumerate() {
                quantized.quantize(row, Activations::Int14.group());
                int8.set_row(output, &quantized.values);
                int8.set_scales(output, &quantized.scales);
            }
            let mut bias = bias.clone();
            bias.resize(padded(outputs), 0.0);
            (int8, bias)
        });
        let activation = match model.shape.activation {
            Activation::Gelu => activation::Activation::Gelu,
            Activation::GeluTanh => activation::Activation::GeluTanh,
            Activation::Relu => activation::Activation::Relu,
            Activation::Silu => activation::Activation::Silu,
        };
        EngineMaps { maps, activation }
    }
}

struct Multiplying<'a> {
    maps: &'a EngineMaps,
    scratch: &'a RefCell<PanelScratch>,
}

impl Maps for Multiplying<'_> {
    fn multiply(&self, map: usize, input: &[f32]) -> Vec<f32> {
        let (matrix, bias) = &self.maps.maps[map];
        let (inputs, outputs) = (matrix.inputs(), matrix.outputs());
        let (values, stride) = (with_width(input, inputs, padded(inputs)), padded(inputs));
        let rows = Rows { values: &values, rows: input.len() / inputs, stride };
        let mut out = vec![0.0; rows.rows * bias.len()];
        matmul_int8(rows, matrix, bias, &mut out, bias.len(), &mut self.scratch.borrow_mut());
        with_width(&out, bias.len(), outputs)
    }

    fn activate(&self, up: &[f32]) -> Vec<f32> {
        let mut active = up.to_vec();
        active.resize(padded(up.len()), 0.0);
        self.maps.activation.apply(&mut active);
        active.truncate(up.len());
        active
    }
}

/// Rows of another width: cut, or with zeros behind them.
fn with_width(rows: &[f32], width: usize, wanted: usize) -> Vec<f32> {
    let mut out = vec![0.0; rows.len() / width * wanted];
    let common = width.min(wanted);
    for (to, from) in out.chunks_exact_mut(wanted).zip(rows.chunks_exact(width)) {
        to[..common].copy_from_slice(&from[..common]);
    }
    out
}

fn scale(weights: &[f32]) -> f32 {
    let largest = weights.iter().fold(0.0f32, |largest, w| largest.max(w.abs()));
    if largest < TINY { 0.0 } else { bfloat16_above(largest / LIMIT) }
}

/// The smallest number that bfloat16 has from `x` on, which is positive.
fn bfloat16_above(x: f32) -> f32 {
    f32::from_bits((x.to_bits() + 0xffff) & 0xffff_0000)
}
