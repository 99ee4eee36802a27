//! Products of row-major float32 matrices, in tiles that the compiler turns into vector
//! instructions.

const ROWS: usize = 4;
const COLUMNS: usize = 8;
/// Columns of a symmetric matrix that are summed together.
const SYMMETRIC_COLUMNS: usize = 96;

/// Adds `left` · `right` to `out`, where `left` has `inner` columns and `right` has `columns`.
///
/// Each sum starts from what `out` has and runs in the order of the inner index, so the result does
/// not depend on where an element lies in its tile.
pub fn add_product(left: &[f32], right: &[f32], inner: usize, columns: usize, out: &mut [f32]) {
    assert!(inner > 0 && columns > 0 && right.len() == inner * columns);
    let rows = left.len() / inner;
    assert_eq!(out.len(), rows * columns);
    // A panel lies in one piece: it is read once for every few rows.
    let mut panel = vec![[0.0f32; COLUMNS]; inner];
    let whole = columns - columns % COLUMNS;
    for column in (0..whole).step_by(COLUMNS) {
        for (values, right) in panel.iter_mut().zip(right.chunks_exact(columns)) {
            values.copy_from_slice(&right[column..column + COLUMNS]);
        }
        for (left, out) in left.chunks(ROWS * inner).zip(out.chunks_mut(ROWS * columns)) {
            if left.len() == ROWS * inner {
                tile::<ROWS>(left, &panel, &mut out[column..], columns);
            } else {
                for (left, out) in left.chunks_exact(inner).zip(out.chunks_exact_mut(columns)) {
                    tile::<1>(left, &panel, &mut out[column..], columns);
                }
            }
        }
    }
    for (left, out) in left.chunks_exact(inner).zip(out.chunks_exact_mut(columns)) {
        for (column, sum) in out.iter_mut().enumerate().skip(whole) {
            for (factor, right) in left.iter().zip(right.chunks_exact(columns)) {
                *sum += factor * right[column];
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

/// Adds `left`ᵀ · `right`, both of rows of `width`, to the square matrix `sum`. The product is known to be
/// symmetric: what lies below the blocks on the diagonal is left out.
pub fn add_upper(sum: &mut [f32], left: &[f32], right: &[f32], width: usize) {
    let (turned, rows) = (transposed(left, width), left.len() / width);
    for first in (0..width).step_by(SYMMETRIC_COLUMNS) {
        let end = width.min(first + SYMMETRIC_COLUMNS);
        let right: Vec<f32> =
            right.chunks_exact(width).flat_map(|row| row[first..end].iter().copied()).collect();
        let mut block = vec![0.0; end * (end - first)];
        add_product(&turned[..end * rows], &right, rows, end - first, &mut block);
        for (row, block) in sum.chunks_exact_mut(width).zip(block.chunks_exact(end - first)) {
            add_scaled(&mut row[first..end], 1.0, block);
        }
    }
}

/// Adds the products of `N` rows with a panel to the first columns of `out`, whose rows have `columns`.
fn tile<const N: usize>(left: &[f32], panel: &[[f32; COLUMNS]], out: &mut [f32], columns: usize) {
    let inner = panel.len();
    let left: [&[f32]; N] = std::array::from_fn(|row| &left[row * inner..][..inner]);
    let mut sums = [[0.0f32; COLUMNS]; N];
    for (row, sums) in sums.iter_mut().enumerate() {
        sums.copy_from_slice(&out[row * columns..][..COLUMNS]);
    }
    for (index, right) in panel.iter().enumerate() {
        for (left, sums) in left.iter().zip(&mut sums) {
            let factor = left[index];
            for (sum, value) in sums.iter_mut().zip(right) {
                *sum += factor * value;
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        out[row * columns..][..COLUMNS].copy_from_slice(sums);
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
