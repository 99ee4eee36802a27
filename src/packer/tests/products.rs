use super::{dot, test, whole};
use crate::factor::factorise;
use crate::gram::Gram;
use crate::matmul::{product, transposed};
use edgebert_kernels::testing::random;

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
}
