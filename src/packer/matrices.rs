//! The tensors that a compact file has coded, in their order.

use crate::model::Model;

/// What the rows of a tensor stand for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RowsOf {
    /// The pieces of the vocabulary, whose frequencies are known.
    Words,
    Positions,
    /// The outputs of a map, or whatever else counts alike.
    Others,
}

impl RowsOf {
    /// By the name that JavaScript has for it.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "words" => RowsOf::Words,
            "positions" => RowsOf::Positions,
            "others" => RowsOf::Others,
            _ => return None,
        })
    }
}

/// One tensor.
pub struct Matrix {
    pub rows_of: RowsOf,
    /// Row-major.
    pub weights: Vec<f32>,
    pub width: usize,
}

impl Matrix {
    pub fn rows(&self) -> usize {
        self.weights.len() / self.width.max(1)
    }
}

/// Takes the weights out of an encoder: words, positions, and the maps of each layer.
pub fn matrices(model: &mut Model) -> Vec<Matrix> {
    let hidden = model.shape.hidden;
    let (words, positions) =
        (std::mem::take(&mut model.words), std::mem::take(&mut model.positions));
    let mut all = vec![
        Matrix { rows_of: RowsOf::Words, weights: words, width: hidden },
        Matrix { rows_of: RowsOf::Positions, weights: positions, width: hidden },
    ];
    for layer in 0..model.layers.len() {
        for map in 0..model.layers[layer].maps.len() {
            let weights = std::mem::take(&mut model.layers[layer].maps[map].weight);
            all.push(Matrix { rows_of: RowsOf::Others, weights, width: model.inputs(map) });
        }
    }
    all
}
