//! The twin of every [`Dot`], one product at a time.

use super::Dot;
use crate::pack::GROUP;

/// Four outputs side by side, input by input, and no vectors.
pub struct Scalar;

const PANEL: usize = 4;

#[derive(Default)]
pub struct Rows {
    values: Vec<i16>,
    inputs: usize,
    totals: Vec<f32>,
}

impl Dot for Scalar {
    const PANEL: usize = PANEL;
    const INPUTS: usize = 1;
    type Scratch = Rows;

    fn pack(values: &[i16], stride: usize, rows: usize, inputs: usize, scratch: &mut Rows) {
        let rows = values.chunks(stride).take(rows);
        scratch.values = rows.flat_map(|row| &row[..inputs]).copied().collect();
        scratch.inputs = inputs;
    }

    fn panel<'s>(
        weights: &[i8],
        _starts: &[i32],
        scales: &[f32],
        scratch: &'s mut Rows,
    ) -> &'s [f32] {
        scratch.totals.clear();
        for row in scratch.values.chunks_exact(scratch.inputs) {
            for output in 0..PANEL {
                let mut total = 0.0;
                let groups = weights.chunks(GROUP * PANEL).zip(row.chunks(GROUP));
                for (group, (weights, row)) in groups.enumerate() {
                    let weights = weights[output..].iter().step_by(PANEL);
                    let products =
                        row.iter().zip(weights).map(|(&a, &w)| i32::from(a) * i32::from(w));
                    total += products.sum::<i32>() as f32 * scales[group * PANEL + output];
                }
                scratch.totals.push(total);
            }
        }
        &scratch.totals
    }
}
