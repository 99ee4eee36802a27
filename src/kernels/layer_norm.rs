//! Layer normalisation of one row: `(x - mean) / sqrt(variance + ε) · gamma + beta`.

use crate::vector::F32x4;

/// Scale, shift and ε of one layer norm, for rows of `gamma.len()` elements.
#[derive(Clone, Copy)]
pub struct LayerNorm<'a> {
    /// Zero in the row's padding, as `beta` is, so that the padding of the output is zero too.
    pub gamma: &'a [f32],
    /// As long as `gamma`.
    pub beta: &'a [f32],
    /// Elements that count; the rest of the row is padding.
    pub len: usize,
    /// What is added to the variance.
    pub epsilon: f32,
}

impl LayerNorm<'_> {
    /// Normalises `row + residual` into `row`. The padding of both inputs must be zero.
    #[inline(never)]
    pub fn add_and_normalize(&self, row: &mut [f32], residual: &[f32]) {
        let padded = self.gamma.len();
        assert!(
            padded % 4 == 0 && self.len <= padded && self.beta.len() == padded,
            "{} elements do not fit gamma ({padded}) and beta ({})",
            self.len,
            self.beta.len()
        );
        assert!(
            row.len() == padded && residual.len() == padded,
            "rows of {} and {} elements for a layer norm of {padded}",
            row.len(),
            residual.len()
        );
        let mut sum = F32x4::ZERO;
        for (four, residual) in row.chunks_exact_mut(4).zip(residual.chunks_exact(4)) {
            let value = F32x4::load(four) + F32x4::load(residual);
            sum = sum + value;
            value.store(four);
        }
        let mean = sum.sum() / self.len as f32;
        let splat_mean = F32x4::splat(mean);
        let mut squares = F32x4::ZERO;
        for four in row.chunks_exact(4) {
            let centered = F32x4::load(four) - splat_mean;
            squares = squares + centered * centered;
        }
        // Each padding element is zero and has added mean² to the sum.
        let padding = (padded - self.len) as f32 * mean * mean;
        let variance = ((squares.sum() - padding) / self.len as f32).max(0.0);
        let inverse = F32x4::splat(1.0 / (variance + self.epsilon).sqrt());
        let parameters = self.gamma.chunks_exact(4).zip(self.beta.chunks_exact(4));
        for (four, (gamma, beta)) in row.chunks_exact_mut(4).zip(parameters) {
            let normal = (F32x4::load(four) - splat_mean) * inverse;
            let value = normal * F32x4::load(gamma) + F32x4::load(beta);
            value.store(four);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::padded;
    use crate::testing::{Canaried, assert_close, random};
    use wasm_bindgen_test::wasm_bindgen_test;

    fn scalar(x: &[f32], gamma: &[f32], beta: &[f32], epsilon: f32) -> Vec<f32> {
        let n = x.len() as f64;
        let mean = x.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        let variance = x.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n;
        let inverse = 1.0 / (variance + f64::from(epsilon)).sqrt();
        let normal = x.iter().map(|&v| (f64::from(v) - mean) * inverse);
        let parameters = gamma.iter().zip(beta);
        normal
            .zip(parameters)
            .map(|(v, (&g, &b))| (v * f64::from(g) + f64::from(b)) as f32)
            .collect()
    }

    #[wasm_bindgen_test]
    fn equals_its_scalar_twin() {
        for len in [1, 2, 7, 8, 9, 31, 32, 48, 127, 128, 129, 384] {
            let width = padded(len);
            let grow = |mut v: Vec<f32>| {
                v.resize(width, 0.0);
                v
            };
            let (x, residual) = (random(1, len), random(2, len));
            let (gamma, beta) = (random(3, len), random(4, len));
            let sum: Vec<f32> = x.iter().zip(&residual).map(|(a, b)| a + b + 0.5).collect();
            let shifted: Vec<f32> = x.iter().map(|a| a + 0.5).collect();
            let mut row = Canaried::new(width, f32::MAX);
            row.inner().copy_from_slice(&grow(shifted));
            let (padded_gamma, padded_beta) = (grow(gamma.clone()), grow(beta.clone()));
            // The mean of one element is its own value: without an ε there would be 0 / 0.
            let epsilon = 1e-12;
            let norm = LayerNorm { gamma: &padded_gamma, beta: &padded_beta, len, epsilon };
            norm.add_and_normalize(row.inner(), &grow(residual));
            row.check();
            assert_close(&row.inner()[..len], &scalar(&sum, &gamma, &beta, epsilon), 2e-5);
            assert!(row.inner()[len..].iter().all(|&v| v == 0.0));
        }
    }

    #[wasm_bindgen_test]
    fn a_constant_row_becomes_beta() {
        let (gamma, beta) = (vec![2.0; 8], random(5, 8));
        let norm = LayerNorm { gamma: &gamma, beta: &beta, len: 8, epsilon: 1e-12 };
        let mut row = [3.0; 8];
        norm.add_and_normalize(&mut row, &[1.0; 8]);
        assert_close(&row, &beta, 0.0);
    }
}
