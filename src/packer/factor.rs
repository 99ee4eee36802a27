//! Symmetric positive matrices, taken apart: `H = U · D · Uᵀ`, with ones on U's diagonal and zeros
//! below it.
//!
//! Row k of U says how an error in element k is made up for by the elements after it, and D what is
//! left of each element's weight once they have done so.

use crate::matmul::{add_product, add_scaled, transposed};

/// Columns that are taken apart together.
const BLOCK: usize = 48;

#[derive(Clone)]
pub struct Factor {
    pub size: usize,
    /// U, row-major.
    pub upper: Vec<f32>,
    /// D's diagonal.
    pub diagonal: Vec<f32>,
}

/// Takes `matrix` apart, of which only what lies on and above the diagonal is read. Before that,
/// `damping` times its mean diagonal is added to the diagonal: that makes the matrix positive, and
/// keeps what was seen in few texts from being believed too far.
pub fn factorise(matrix: &[f32], size: usize, damping: f32) -> Factor {
    assert_eq!(matrix.len(), size * size);
    let trace: f64 = (0..size).map(|i| f64::from(matrix[i * size + i])).sum();
    let mean = (trace / size.max(1) as f64) as f32;
    // Nothing was ever seen here: nothing has to be made up for.
    let added = if mean > 0.0 { damping * mean } else { 1.0 };
    // From the far corner on, U D Uᵀ is L D Lᵀ, and what lay above the diagonal lies below it.
    let mut work: Vec<f32> = matrix.iter().rev().copied().collect();
    for index in 0..size {
        work[index * size + index] += added;
    }
    let mut diagonal = vec![0.0; size];
    for first in (0..size).step_by(BLOCK) {
        let end = size.min(first + BLOCK);
        let width = end - first;
        if first > 0 {
            // What the columns before have to do with this block: L · (L D)ᵀ of the block's own
            // rows.
            let mut scaled = Vec::with_capacity(width * first);
            for row in first..end {
                let row = &work[row * size..][..first];
                scaled.extend(row.iter().zip(&diagonal).map(|(l, d)| -l * d));
            }
            let scaled = transposed(&scaled, first);
            let left: Vec<f32> =
                (first..size).flat_map(|row| work[row * size..][..first].iter().copied()).collect();
            let mut change = vec![0.0; (size - first) * width];
            add_product(&left, &scaled, first, width, &mut change);
            for (row, change) in (first..size).zip(change.chunks_exact(width)) {
                add_scaled(&mut work[row * size + first..][..width], 1.0, change);
            }
        }
        for column in first..end {
            let pivot = work[column * size + column].max(added * 1e-3);
            diagonal[column] = pivot;
            let values: Vec<f32> = (column..end).map(|row| work[row * size + column]).collect();
            for row in column + 1..size {
                let row = &mut work[row * size..][..size];
                let factor = row[column] / pivot;
                // Within the block; behind it, the next block's product does this.
                let last = end.min(column + 1 + values.len());
                add_scaled(&mut row[column + 1..last], -factor, &values[1..]);
                row[column] = factor;
            }
        }
    }
    for (row, values) in work.chunks_exact_mut(size).enumerate() {
        values[row] = 1.0;
        values[row + 1..].fill(0.0);
    }
    work.reverse();
    diagonal.reverse();
    Factor { size, upper: work, diagonal }
}
