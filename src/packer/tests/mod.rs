//! Each part against a slow twin in double precision.

mod equalization;
mod int8;
mod plan;
mod products;
mod rounding;
mod statistics;

use crate::model::*;
use edgebert_kernels::testing::random;

/// Declares tests for whatever the target is.
macro_rules! test {
    ($(fn $name:ident() $body:block)*) => {$(
        #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
        #[cfg_attr(not(target_arch = "wasm32"), test)]
        fn $name() $body
    )*};
}
use test;

/// Two layers with random weights, of sizes that are no multiples of anything.
fn model(activation: Activation, first_piece: bool) -> Model {
    model_of(12, 19, activation, first_piece)
}

fn model_of(
    hidden: usize,
    intermediate: usize,
    activation: Activation,
    first_piece: bool,
) -> Model {
    let shape = Shape {
        hidden,
        heads: 3,
        intermediate,
        epsilon: 1e-12,
        activation,
        first_position: 0,
        first_piece,
    };
    let mut model = Model::empty(shape, 2);
    let mut seed = 0;
    let mut fill = |len: usize, scale: f32, offset: f32| -> Vec<f32> {
        seed += 1;
        random(seed, len).iter().map(|x| x * scale + offset).collect()
    };
    model.words = fill(hidden * 30, 1.0, 0.0);
    model.positions = fill(hidden * 8, 0.3, 0.0);
    model.types = fill(hidden * 2, 0.3, 0.0);
    let mut norm = || Norm { gamma: fill(hidden, 0.3, 1.0), beta: fill(hidden, 0.2, 0.0) };
    model.norm = norm();
    for layer in 0..2 {
        model.layers[layer].norms = [norm(), norm()];
    }
    for layer in 0..2 {
        for map in 0..MAPS {
            let (outputs, inputs) = (model.outputs(map), model.inputs(map));
            let weight = fill(outputs * inputs, 0.6, 0.0);
            model.layers[layer].maps[map] = Linear { weight, bias: fill(outputs, 0.1, 0.0) };
        }
    }
    model.check().unwrap();
    model
}

const TEXTS: [&[u32]; 3] = [&[1, 5, 9, 5, 2], &[3], &[29, 0, 7]];

/// A symmetric matrix of which what lies below the diagonal was left out.
fn whole(matrix: &[f32], size: usize) -> Vec<f32> {
    let at = |row: usize, column: usize| matrix[row.min(column) * size + row.max(column)];
    (0..size * size).map(|index| at(index / size, index % size)).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}
