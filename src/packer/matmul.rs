//! Products of row-major float32 matrices, in tiles that the compiler turns into vector
//! instructions.

const ROWS: usize = 4;
const COLUMNS: usize = 8;

/// Adds `left` · `right` to `out`, where `left` has `inner` columns and `right` has `columns`.
///
/// Each sum starts from what `out` has and runs in the order of the inner index, so the result does
/// not depend on where an element lies in its tile.
pub fn add_product(left: &[f32], right: &[f32], inner: usize, columns: usize, out: &mut [f32]) {
    assert!(inner > 0 && columns > 0 && right.len() == inner * columns);
    let rows = left.len() / inner;
    assert_eq!(out.len(), rows * columns);
    for (left, out) in left.chunks(ROWS * inner).zip(out.chunks_mut(ROWS * columns)) {
        match <[&[f32]; ROWS]>::try_from(left.chunks_exact(inner).collect::<Vec<_>>()) {
            Ok(left) => tiles(left, right, columns, out),
            Err(left) => {
                for (left, out) in left.into_iter().zip(out.chunks_exact_mut(columns)) {
                    tiles([left], right, columns, out);
                }
            }
        }
    }
}

/// `left` · `right`, with `bias` in each row.
pub fn product(left: &[f32], right: &[f32], inner: usize, bias: &[f32]) -> Vec<f32> {
    let mut out = bias.repeat(left.len() / inner);
    add_product(left, right, inner, bias.len(), &mut out);
    out
}

fn tiles<const N: usize>(left: [&[f32]; N], right: &[f32], columns: usize, out: &mut [f32]) {
    let whole = columns - columns % COLUMNS;
    for column in (0..whole).step_by(COLUMNS) {
        let mut sums = [[0.0f32; COLUMNS]; N];
        for (row, sums) in sums.iter_mut().enumerate() {
            sums.copy_from_slice(&out[row * columns + column..][..COLUMNS]);
        }
        for (index, right) in right.chunks_exact(columns).enumerate() {
            let right = &right[column..column + COLUMNS];
            for (left, sums) in left.iter().zip(&mut sums) {
                let factor = left[index];
                for (sum, value) in sums.iter_mut().zip(right) {
                    *sum += factor * value;
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            out[row * columns + column..][..COLUMNS].copy_from_slice(sums);
        }
    }
    for (left, out) in left.iter().zip(out.chunks_exact_mut(columns)) {
        for (column, sum) in out.iter_mut().enumerate().skip(whole) {
            for (factor, right) in left.iter().zip(right.chunks_exact(columns)) {
                *sum += factor * right[column];
            }
        }
    }
}

/// Adds `factor` · `row` to `sum`.
pub fn add_scaled(sum: &mut [f32], factor: f32, row: &[f32]) {
    for (sum, value) in sum.iter_mut().zip(row) {
        *sum += factor * value;
    }
}

pub fn transposed(matrix: &[f32], columns: usize) -> Vec<f32> {
    let rows = matrix.len() / columns;
    let mut out = vec![0.0; matrix.len()];
    for (index, row) in matrix.chunks_exact(columns).enumerate() {
        for (column, &value) in row.iter().enumerate() {
            out[column * rows + index] = value;
        }
    }
    out
}
