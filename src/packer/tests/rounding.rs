use super::{TEXTS, dot, model, test, whole};
use crate::calibrate::{Runner, Statistics};
use crate::factor::factorise;
use crate::feedback::{round, round_rows, round_with_feedback};
use crate::frequency::frequencies;
use crate::matmul::{product, transposed};
use crate::matrices::{Matrix, matrices};
use crate::model::Activation;
use crate::pack::rounded;
use crate::plan::{Plan, TABLE_DAMPING};
use edgebert_coding::step;
use edgebert_kernels::testing::random;

/// The element of x behind the known ones, of those x with `xᵀ matrix x` as small as it can be.
fn next_at_best(matrix: &[f64], size: usize, known: &[f64]) -> f64 {
    let first = known.len();
    // The rows of what is not known, and what the known ones make of them on the right.
    let mut rows: Vec<Vec<f64>> = (first..size)
        .map(|row| {
            let row = &matrix[row * size..][..size];
            let right: f64 = row.iter().zip(known).map(|(h, x)| -h * x).sum();
            row[first..].iter().copied().chain([right]).collect()
        })
        .collect();
    // Eliminated from the last unknown up: the first is then alone in its row.
    for last in (1..rows.len()).rev() {
        let pivot = rows[last].clone();
        for row in &mut rows[..last] {
            let factor = row[last] / pivot[last];
            row.iter_mut().zip(&pivot).for_each(|(value, below)| *value -= factor * below);
        }
    }
    rows[0][size - first] / rows[0][0]
}

test! {
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

    fn tables_are_rounded_so_that_what_is_left_of_a_row_makes_up_for_its_errors() {
        let mut model = model(Activation::Gelu, false);
        let mut statistics = Statistics::new(&model);
        for _ in 0..40 {
            statistics.add(&model, &Runner::new(&model), &TEXTS);
        }
        let mut felt: Vec<f64> = whole(&statistics.embeddings, 12).into_iter().map(f64::from).collect();
        let mean = felt.iter().step_by(13).sum::<f64>() / 12.0;
        felt.iter_mut().step_by(13).for_each(|h| *h += f64::from(TABLE_DAMPING) * mean);
        let pieces: Vec<String> = (0..30).map(|id| format!("piece{id}")).collect();
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let frequencies = frequencies(&pieces, &[0], &[], 0);
        let plan = Plan::calibrated(&model, &frequencies, &mut statistics);
        let matrices = matrices(&mut model);
        let change = |errors: &[f64]| -> f64 {
            let rows = errors.chunks_exact(12).flat_map(|row| {
                felt.chunks_exact(12).zip(row).map(move |(h, e)| {
                    e * h.iter().zip(row).map(|(h, e)| h * e).sum::<f64>()
                })
            });
            rows.sum()
        };
        for (tensor, Matrix { weights, width, .. }) in matrices.iter().enumerate().take(2) {
            let level = 0.2 / plan.steps[tensor][1];
            let found = rounded(&matrices, &plan, tensor, level);
            let plain = round(weights, *width, found.steps.clone());
            let [mut made, mut others] = [Vec::new(), Vec::new()];
            for (at, weight) in weights.iter().map(|&weight| f64::from(weight)).enumerate() {
                let step = f64::from(step::value(found.steps[at / 12]));
                let best = next_at_best(&felt, 12, &made[at / 12 * 12..]);
                let wanted = ((weight + best) / step).round_ties_even();
                assert_eq!(f64::from(found.values[at]), wanted, "tensor {tensor}, weight {at}");
                made.push(f64::from(found.values[at]) * step - weight);
                others.push(f64::from(plain.values[at]) * step - weight);
            }
            assert!(change(&made) < 0.7 * change(&others), "{} {}", change(&made), change(&others));
        }
    }
}
