use super::{TEXTS, dot, model, test, whole};
use crate::calibrate::{Runner, Statistics};
use crate::matmul::product;
use crate::model::{Activation, MAPS, Model};
use crate::pieces::activate;
use edgebert_kernels::testing::random;

/// Random directions at each text's vector.
const DIRECTIONS: usize = 300;

fn measured(model: &Model, texts: &[&[u32]]) -> (Runner, Statistics) {
    let runner = Runner::new(model);
    let mut statistics = Statistics::new(model);
    for _ in 0..DIRECTIONS {
        statistics.add(model, &runner, texts);
    }
    (runner, statistics)
}

test! {
    fn slopes_are_those_of_the_activations() {
        let all = [Activation::Gelu, Activation::GeluTanh, Activation::Relu, Activation::Silu];
        for activation in all {
            for x in [-4.0, -1.3, -0.2, 0.4, 1.0, 5.0] {
                let value = |x: f32| f64::from(activate(activation, x).0);
                let slope = (value(x + 0.01) - value(x - 0.01)) / 0.02;
                assert!((slope - f64::from(activate(activation, x).1)).abs() < 2e-3, "{activation:?} {x}");
            }
        }
        assert!((activate(Activation::Gelu, 1.0).0 - 0.841_344_7).abs() < 1e-6);
    }

    // The way back is checked as a whole: independent errors of variance v in a map's weights
    // change the vectors, squared and on average, by v times what the gradients' squares add up to.
    fn statistics_predict_what_vectors_feel() {
        const ERRORS: u64 = 150;
        const SIZE: f32 = 2e-3;
        for (activation, first_piece) in [(Activation::Gelu, false), (Activation::Relu, true)] {
            let mut changed = model(activation, first_piece);
            let (runner, statistics) = measured(&changed, &TEXTS);
            let before = runner.vectors(&changed, &TEXTS);
            for layer in 0..2 {
                for map in 0..MAPS {
                    let weight = changed.layers[layer].maps[map].weight.clone();
                    let mut found = 0.0;
                    for seed in 0..ERRORS {
                        let errors = random(1000 + seed, weight.len());
                        let sums = weight.iter().zip(&errors).map(|(w, e)| w + SIZE * e);
                        changed.layers[layer].maps[map].weight = sums.collect();
                        let after = Runner::new(&changed).vectors(&changed, &TEXTS);
                        let squares = before.iter().zip(&after).map(|(a, b)| f64::from(a - b).powi(2));
                        found += squares.sum::<f64>() / ERRORS as f64;
                    }
                    changed.layers[layer].maps[map].weight = weight;
                    let (outputs, inputs) = (changed.outputs(map), changed.inputs(map));
                    let feeling = &statistics.maps[layer][map];
                    let trace = |matrix: &[f32], size: usize| {
                        (0..size).map(|i| f64::from(matrix[i * size + i])).sum::<f64>()
                    };
                    let squares = trace(&feeling.outputs, outputs);
                    assert!((squares / trace(&feeling.inputs, inputs) - 1.0).abs() < 1e-3);
                    let variance = f64::from(SIZE * SIZE) / 3.0;
                    let ratio = found / (variance * squares / DIRECTIONS as f64);
                    assert!((0.75..1.33).contains(&ratio), "{activation:?} {layer} {map}: {ratio}");
                }
            }
        }
    }

    // Errors of the tables along one direction, of which each piece has its own multiple: the layer norm
    // makes vectors feel some directions strongly, and that of all ones not at all.
    fn statistics_predict_what_vectors_feel_of_the_tables() {
        const ERRORS: u64 = 300;
        const SIZE: f32 = 2e-3;
        // No piece stands in two places.
        const TEXTS: [&[u32]; 3] = [&[1, 5, 9, 2], &[3], &[29, 0, 7]];
        for (activation, first_piece) in [(Activation::Gelu, false), (Activation::Relu, true)] {
            let mut changed = model(activation, first_piece);
            let (runner, statistics) = measured(&changed, &TEXTS);
            assert_eq!(statistics.pieces, 8 * DIRECTIONS);
            let feeling = whole(&statistics.embeddings, 12);
            let predicted = |direction: &[f32]| {
                let turned = product(direction, &feeling, 12, &[0.0; 12]);
                dot(direction, &turned) / DIRECTIONS as f64
            };
            let before = runner.vectors(&changed, &TEXTS);
            let words = changed.words.clone();
            for seed in 0..4 {
                let direction = random(seed, 12);
                let mut found = 0.0;
                for seed in 0..ERRORS {
                    let sizes = random(1000 + seed, 30);
                    let error = |at: usize| SIZE * sizes[at / 12] * direction[at % 12];
                    changed.words = (0..words.len()).map(|at| words[at] + error(at)).collect();
                    let after = runner.vectors(&changed, &TEXTS);
                    let squares = before.iter().zip(&after).map(|(a, b)| f64::from(a - b).powi(2));
                    found += squares.sum::<f64>() / ERRORS as f64;
                }
                let variance = f64::from(SIZE * SIZE) / 3.0;
                let ratio = found / (variance * predicted(&direction));
                assert!((0.75..1.33).contains(&ratio), "{activation:?} {seed}: {ratio}");
            }
            changed.words = words;
            assert!(predicted(&[1.0; 12]).abs() < 1e-4 * predicted(&random(0, 12)));
        }
    }
}
