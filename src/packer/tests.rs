//! Each part against a slow twin in double precision.

use crate::calibrate::{Runner, Statistics};
use crate::equalization::{Channels, INPUTS, equalization, equalize, inputs_of};
use crate::factor::factorise;
use crate::feedback::{round, round_rows, round_with_feedback};
use crate::forward::embed;
use crate::frequency::frequencies;
use crate::gram::Gram;
use crate::int8::{Calibration, GROUP};
use crate::matmul::{product, transposed};
use crate::matrices::{Matrix, matrices};
use crate::model::*;
use crate::pack::{level_of, rounded};
use crate::pieces::{activate, normalise};
use crate::plan::Plan;
use edgebert_coding::encode::{Rows, estimated_bits};
use edgebert_coding::step;
use edgebert_kernels::testing::random;

/// Declares tests for whatever the target is.
macro_rules! test {
    ($(fn $name:ident() $body:block)*) => {$(
        #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
        #[cfg_attr(not(target_arch = "wasm32"), test)]
        fn $name() $body
    )*};
}

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

test! {
    fn products_are_those_of_their_definition() {
        for (rows, inner, columns) in [(1, 1, 1), (3, 5, 7), (4, 8, 16), (9, 13, 11), (16, 3, 8)] {
            let (left, right) = (random(1, rows * inner), random(2, inner * columns));
            let bias = random(3, columns);
            let found = product(&left, &right, inner, &bias);
            let turned = transposed(&right, columns);
            for (index, found) in found.iter().enumerate() {
                let (row, column) = (index / columns, index % columns);
                let exact = dot(&left[row * inner..][..inner], &turned[column * inner..][..inner]);
                assert!((f64::from(*found) - exact - f64::from(bias[column])).abs() < 1e-5);
            }
        }
    }

    fn factors_multiply_to_what_was_taken_apart() {
        // More than a block of columns, and fewer.
        for size in [1, 5, 130] {
            let rows = random(7, size * (size + 4));
            let turned = transposed(&rows, size);
            let mut matrix = product(&turned, &rows, size + 4, &vec![0.0; size]);
            let damping = 0.05;
            let mean: f32 = (0..size).map(|i| matrix[i * size + i]).sum::<f32>() / size as f32;
            // What lies below the diagonal is not read.
            let expected = matrix.clone();
            for row in 0..size {
                matrix[row * size..][..row].fill(f32::NAN);
            }
            let factor = factorise(&matrix, size, damping);
            for row in 0..size {
                assert!(factor.upper[row * size..][..row].iter().all(|&below| below == 0.0));
                assert_eq!(factor.upper[row * size + row], 1.0);
                for column in 0..size {
                    let found: f64 = (0..size)
                        .map(|k| {
                            let both = factor.upper[row * size + k] * factor.upper[column * size + k];
                            f64::from(both) * f64::from(factor.diagonal[k])
                        })
                        .sum();
                    let added = if row == column { damping * mean } else { 0.0 };
                    let wanted = f64::from(expected[row * size + column] + added);
                    assert!((found - wanted).abs() < 1e-4 * f64::from(mean), "{row} {column}");
                }
            }
        }
    }

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
        const DIRECTIONS: usize = 300;
        const ERRORS: u64 = 150;
        const SIZE: f32 = 2e-3;
        for (activation, first_piece) in [(Activation::Gelu, false), (Activation::Relu, true)] {
            let mut changed = model(activation, first_piece);
            let runner = Runner::new(&changed);
            let mut statistics = Statistics::new(&changed);
            for _ in 0..DIRECTIONS {
                statistics.add(&changed, &runner, &TEXTS);
            }
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

    fn feedback_lowers_what_is_felt() {
        let (outputs, inputs) = (40, 90);
        let weights = random(5, outputs * inputs);
        let square = |seed: u64, size: usize| {
            // Of few directions, as activations are.
            let rows = random(seed, size * 12);
            product(&transposed(&rows, size), &rows, 12, &vec![0.0; size])
        };
        let (a, b) = (square(1, outputs), square(2, inputs));
        let steps = vec![step::nearest(0.2); outputs];
        let felt = |values: &[i8]| {
            let step = step::value(steps[0]);
            let error: Vec<f32> =
                values.iter().zip(&weights).map(|(&v, w)| f32::from(v) * step - w).collect();
            let eb = product(&error, &b, inputs, &vec![0.0; inputs]);
            dot(&product(&a, &eb, outputs, &vec![0.0; inputs]), &error)
        };
        let plain = round(&weights, inputs, steps.clone()).values;
        let wide: Vec<f32> = steps.iter().map(|&code| step::value(code)).collect();
        let factors = (factorise(&a, outputs, 0.05), factorise(&b, inputs, 0.05));
        let better = round_with_feedback(&weights, &wide, inputs, &factors.0, &factors.1);
        assert!(felt(&better) < 0.4 * felt(&plain), "{} {}", felt(&better), felt(&plain));
        // Where nothing has to do with anything else, there is nothing to make up for.
        let identity = |size: usize| {
            let mut matrix = vec![0.0; size * size];
            matrix.iter_mut().step_by(size + 1).for_each(|one| *one = 1.0);
            factorise(&matrix, size, 0.1)
        };
        let same =
            round_with_feedback(&weights, &wide, inputs, &identity(outputs), &identity(inputs));
        assert_eq!(same, plain);
    }

    fn equalization_brings_inputs_to_one_size() {
        let mut model = model(Activation::Gelu, false);
        let mut channels = Channels::new(12);
        // One channel stands out, one is never seen, and one is never used.
        let row: Vec<f32> = (0..12).map(|k| [1.0, -50.0, 0.0][if k < 3 { k } else { 0 }]).collect();
        channels.add(&row);
        for &map in INPUTS[0] {
            for row in model.layers[0].maps[map].weight.chunks_exact_mut(12) {
                row.iter_mut().for_each(|w| *w = w.signum() * 0.1);
                row[4] = 0.0;
            }
        }
        let factors = equalization(&model, 0, 0, &channels, 0.65);
        assert!(factors.iter().all(|e| e.is_finite() && *e > 0.0), "{factors:?}");
        let mean: f32 = factors.iter().map(|e| e.ln()).sum::<f32>() / 12.0;
        assert!(mean.abs() < 1e-5, "{mean}");
        assert_eq!(factors[0], factors[3]);
        // Larger inputs are made smaller, though not as small as the others.
        assert!(factors[1] < factors[0] / 10.0 && factors[1] * 50.0 > factors[0], "{factors:?}");
        assert!(factors[2] > factors[0] && factors[4] < factors[0], "{factors:?}");
    }

    fn equalised_models_are_the_same_and_feel_the_same() {
        let mut model = model(Activation::Gelu, false);
        let mut statistics = Statistics::new(&model);
        statistics.add(&model, &Runner::new(&model), &TEXTS);
        let (weights, feeling) = (
            model.layers[1].maps[DOWN].weight.clone(),
            whole(&statistics.maps[1][DOWN].inputs, 19),
        );
        let factors = equalize(&mut model, &mut statistics);
        let e = &factors[1][3];
        assert!(e.iter().all(|e| *e > 0.0 && e.to_bits() & 0xffff == 0), "{e:?}");
        let felt = |weights: &[f32], feeling: &[f32]| {
            dot(weights, &product(weights, feeling, 19, &[0.0; 19]))
        };
        let divided = &model.layers[1].maps[DOWN].weight;
        for (at, (now, before)) in divided.iter().zip(&weights).enumerate() {
            assert_eq!(*now, before / e[at % 19]);
        }
        let now = felt(divided, &whole(&statistics.maps[1][DOWN].inputs, 19));
        assert!((now / felt(&weights, &feeling) - 1.0).abs() < 1e-4);
    }

    fn sums_over_inputs_are_those_of_their_definition() {
        // More than what is summed together, and fewer; pieces of no whole vector, and more than a group.
        for (width, pieces) in [(1, 1), (12, 5), (270, 9), (20, 300)] {
            let mut rows = random(3, pieces * width);
            // One piece stands out.
            rows[..width].iter_mut().for_each(|x| *x *= 9.0);
            let mut gram = Gram::new(width);
            let mut scratch = Default::default();
            // In two parts.
            let (one, other) = rows.split_at(pieces / 2 * width);
            if !one.is_empty() {
                gram.add(one, &mut scratch);
            }
            gram.add(other, &mut scratch);
            let factors: Vec<f32> = random(4, width).iter().map(|x| x + 1.5).collect();
            gram.scale(&factors);
            let found = whole(&gram.sums, width);
            let turned = transposed(&rows, width);
            let input = |index: usize| &turned[index * pieces..][..pieces];
            for (index, found) in found.iter().enumerate() {
                let (one, other) = (index / width, index % width);
                let both = factors[one] * factors[other];
                let exact = dot(input(one), input(other)) * f64::from(both);
                let size = dot(input(one), input(one)) * dot(input(other), input(other));
                let error = (f64::from(*found) - exact).abs() / f64::from(both);
                // Half a step of int8 for every piece.
                let bound = (pieces as f64).sqrt() / 250.0 * size.sqrt() + 1e-9;
                assert!(error <= bound, "{width} {one} {other}: {error}");
            }
        }
    }

    fn rows_are_rounded_as_if_outputs_had_nothing_to_do_with_each_other() {
        // Fewer rows than are rounded side by side, and more.
        for (rows, width, group) in [(1, 1, 64), (5, 90, 64), (40, 130, 64), (16, 64, 7)] {
            let weights = random(5, rows * width);
            let inputs = random(6, width * 12);
            let square = product(&transposed(&inputs, width), &inputs, 12, &vec![0.0; width]);
            let factor = factorise(&square, width, 0.1);
            let mut steps = random(7, rows * width.div_ceil(group));
            steps.iter_mut().for_each(|step| *step = step.abs() * 0.02);
            steps[0] = 0.0;
            let apart = factorise(&vec![0.0; rows * rows], rows, 0.1);
            assert_eq!(
                round_rows(&weights, &steps, group, &factor),
                round_with_feedback(&weights, &steps, group, &apart, &factor)
            );
        }
    }

    fn maps_in_int8_are_near_their_weights_and_change_outputs_less_than_plainly_rounded_ones() {
        let model = model_of(GROUP + 8, 2 * GROUP + 3, Activation::Gelu, false);
        let mut calibration = Calibration::new(model.shape);
        for (name, table) in [("words", &model.words), ("positions", &model.positions)] {
            calibration.model.slot(name).unwrap().clone_from(table);
        }
        calibration.model.types.clone_from(&model.types);
        calibration.model.norm.gamma.clone_from(&model.norm.gamma);
        calibration.model.norm.beta.clone_from(&model.norm.beta);
        calibration.embed(&TEXTS[..2]);
        calibration.embed(&TEXTS[2..]);
        let runner = Runner::new(&model);
        let lengths = TEXTS.map(<[u32]>::len);
        let embedded = embed(&model, &TEXTS);
        let mut rows = normalise(&embedded, &model.norm, model.shape.epsilon).out;
        for (index, layer) in model.layers.iter().enumerate() {
            for (map, linear) in layer.maps.iter().enumerate() {
                let own = &mut calibration.model.layers[0].maps[map];
                own.weight.clone_from(&linear.weight);
                own.bias.clone_from(&linear.bias);
            }
            for (own, norm) in calibration.model.layers[0].norms.iter_mut().zip(&layer.norms) {
                own.gamma.clone_from(&norm.gamma);
                own.beta.clone_from(&norm.beta);
            }
            calibration.observe(0);
            calibration.observe(1);
            // What the maps take in in float32.
            let trace = runner.layer(&model, index, rows, &lengths);
            for (map, Linear { weight: weights, .. }) in layer.maps.iter().enumerate() {
                let (outputs, inputs) = (model.outputs(map), model.inputs(map));
                let taken = trace.inputs()[inputs_of(map)];
                let e = calibration.equalization(map).unwrap().to_vec();
                let int8 = calibration.quantize(map).unwrap();
                assert_eq!((int8.values.len(), e.len()), (outputs * inputs, inputs));
                let groups = inputs.div_ceil(GROUP);
                assert_eq!(int8.scales.len(), outputs * groups);
                assert!(int8.values.iter().all(|&value| value > i8::MIN));
                let scale = |at: usize| int8.scales[at / inputs * groups + at % inputs / GROUP];
                let error = |value: f32, at: usize| {
                    value * scale(at) * e[at % inputs] - weights[at]
                };
                let made: Vec<f32> =
                    (0..weights.len()).map(|at| error(f32::from(int8.values[at]), at)).collect();
                let plain = |at: usize| (weights[at] / e[at % inputs] / scale(at)).round();
                let plain: Vec<f32> = (0..weights.len()).map(|at| error(plain(at), at)).collect();
                let changed = |error: &[f32]| {
                    let turned = transposed(error, inputs);
                    let change = product(taken, &turned, inputs, &vec![0.0; outputs]);
                    dot(&change, &change)
                };
                assert!(changed(&made) < 0.5 * changed(&plain), "{index} {map}");
                assert!(dot(&made, &made) < 4.0 * dot(&plain, &plain), "{index} {map}");
            }
            rows = trace.out.out;
            calibration.next_layer();
        }
        assert!(calibration.equalization(QUERY).is_none() && calibration.quantize(DOWN).is_none());
    }

    fn levels_find_the_size() {
        let mut model = model(Activation::Gelu, false);
        let plain: Vec<Matrix> = matrices(&mut self::model(Activation::Gelu, false));
        let names: Vec<String> = (0..30).map(|id| format!("piece{id}")).collect();
        let pieces: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut statistics = Statistics::new(&model);
        statistics.add(&model, &Runner::new(&model), &TEXTS);
        let frequencies = frequencies(&pieces, &[0], &[], 0);
        let check = |matrices: &[Matrix], plan: &Plan| {
            for bytes in [700.0, 1200.0] {
                let level = level_of(matrices, plan, bytes);
                let rows: Vec<Rows> =
                    (0..matrices.len()).map(|t| rounded(matrices, plan, t, level)).collect();
                let found = estimated_bits(&rows) / 8.0;
                assert!((found / bytes - 1.0).abs() < 0.1, "{found} for {bytes}");
            }
        };
        check(&plain, &Plan::plain(&plain, &frequencies));
        equalize(&mut model, &mut statistics);
        let plan = Plan::calibrated(&model, &frequencies, &mut statistics);
        check(&matrices(&mut model), &plan);
    }

    fn frequencies_follow_the_vocabulary_and_the_texts() {
        let pieces = ["[PAD]", "[unused0]", "[CLS]", "a", "##ß", "", "the", "of", "rare", "seen"];
        let found = frequencies(&pieces, &[0, 2], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 90], 100);
        assert_eq!(found[0], 1.0);
        assert_eq!(found[2], 1.0);
        // Only what no text can have has no frequency.
        assert_eq!((found[1], found[5]), (0.0, 0.0));
        assert!(found[3] > found[4] && found[4] > 0.0);
        assert!(found[6] >= found[7] && found[7] > found[8]);
        assert_eq!(found[9], 0.9);
    }
}
