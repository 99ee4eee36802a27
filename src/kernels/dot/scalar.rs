//! The twin of every [`Dot`], one product at a time.

use super::{Dot, Form, QuantizedRows};
use core::marker::PhantomData;

/// Four outputs side by side, input by input, and no vectors.
pub struct Scalar<F>(PhantomData<F>);

const PANEL: usize = 4;

impl<F: Form> Dot for Scalar<F> {
    type Form = F;
    const PANEL: usize = PANEL;
    const INPUTS: usize = 1;
    type Scratch = Vec<f32>;

    fn pack(_: &QuantizedRows, _: &mut Vec<f32>) {}

    fn panel<'s>(
        weights: &[i8],
        _starts: &[i32],
        scales: &[f32],
        rows: &QuantizedRows,
        totals: &'s mut Vec<f32>,
    ) -> &'s [f32] {
        totals.clear();
        for index in 0..rows.count {
            for output in 0..PANEL {
                let mut total = 0.0;
                let groups = weights.chunks(F::GROUP * PANEL).zip(rows.row(index).chunks(F::GROUP));
                for (group, (weights, row)) in groups.enumerate() {
                    let weights = weights[output..].iter().step_by(PANEL);
                    let products =
                        row.iter().zip(weights).map(|(&a, &w)| i32::from(a) * i32::from(w));
                    let scaled = products.sum::<i32>() as f32 * scales[group * PANEL + output];
                    total += match F::BY_GROUP {
                        true => scaled * rows.group_scales[group * rows.between_groups() + index],
                        false => scaled,
                    };
                }
                totals.push(total);
            }
        }
        totals
    }
}
