//! Activation functions, row by row.

use super::exp::exp;
use super::require;
use super::simd::{load, max_lanes, store};
use core::arch::wasm32::*;

/// What stands between the two maps of a feed-forward block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// x · Φ(x) with the exact normal distribution, `gelu` in BERT's configs.
    Gelu,
    /// x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))), Hendrycks and Gimpel 2016: `gelu_new` and
    /// `gelu_pytorch_tanh`.
    GeluTanh,
    Relu,
    /// x / (1 + exp(-x)), also called swish.
    Silu,
}

impl Activation {
    /// Applies the function to every element of `row`, whose length is a multiple of 4, and returns
    /// the largest magnitude among the results.
    #[inline(never)]
    pub fn apply(self, row: &mut [f32]) -> f32 {
        match self {
            Activation::Gelu => map(row, gelu),
            // The sigmoid of twice tanh's argument is the same as (1 + tanh) / 2.
            Activation::GeluTanh => {
                sigmoid(row, 2.0 * (2.0 / std::f32::consts::PI).sqrt(), 0.044_715, true)
            }
            Activation::Relu => map(row, |x| f32x4_max(x, f32x4_splat(0.0))),
            Activation::Silu => sigmoid(row, 1.0, 0.0, true),
        }
    }
}

#[inline(always)]
fn map(row: &mut [f32], f: impl Fn(v128) -> v128) -> f32 {
    require!(row.len() % 4 == 0);
    let mut largest = f32x4_splat(0.0);
    for four in row.chunks_exact_mut(4) {
        let value = f(load(four));
        store(four, value);
        largest = f32x4_pmax(largest, f32x4_abs(value));
    }
    max_lanes(largest)
}

/// Beyond this, Φ(x) is 0 or 1 to within 2e-8.
const PHI_BOUND: f32 = 5.5;
/// Φ(x) = 1/2 + x · P(x²) / Q(x²): a rational fit to the normal distribution on ±[`PHI_BOUND`],
/// iteratively reweighted so that the error of x · Φ(x) is even. That error is 3.7e-7 for exact
/// arithmetic and 1.6e-6 with float32's rounding (tested).
const PHI_P: [f32; 5] =
    [0.398_941_13, 0.068_382_34, 0.006_876_096_6, 0.000_528_595_47, 9.484_48e-6];
const PHI_Q: [f32; 6] =
    [1.0, 0.338_051_83, 0.048_619_56, 0.003_921_163_7, 0.000_192_354_4, 7.636_355_7e-7];

/// x · Φ(x). A rational function beats erf's usual forms here because it needs no exp and no
/// selection by range.
#[inline(always)]
fn gelu(x: v128) -> v128 {
    let bounded = f32x4_pmin(f32x4_pmax(x, f32x4_splat(-PHI_BOUND)), f32x4_splat(PHI_BOUND));
    let square = f32x4_mul(bounded, bounded);
    let ratio =
        f32x4_div(f32x4_mul(bounded, polynomial(&PHI_P, square)), polynomial(&PHI_Q, square));
    f32x4_mul(x, f32x4_add(ratio, f32x4_splat(0.5)))
}

#[inline(always)]
fn polynomial<const N: usize>(coefficients: &[f32; N], x: v128) -> v128 {
    let mut value = f32x4_splat(coefficients[N - 1]);
    for coefficient in coefficients[..N - 1].iter().rev() {
        value = f32x4_add(f32x4_mul(value, x), f32x4_splat(*coefficient));
    }
    value
}

/// 1 / (1 + exp(-slope · x)) of every element of `row`, whose length is a multiple of 4.
pub fn sigmoids(row: &mut [f32], slope: f32) {
    sigmoid(row, slope, 0.0, false);
}

/// sigmoid(slope · (x + cubic · x³)) of every element, times x where it is a gate; the largest magnitude
/// among the results.
#[inline(never)]
fn sigmoid(row: &mut [f32], slope: f32, cubic: f32, gate: bool) -> f32 {
    let (one, gate) = (f32x4_splat(1.0), i32x4_splat(-i32::from(gate)));
    map(row, |x| {
        // Where x² is larger the sigmoid is 0 or 1.
        let square = f32x4_pmin(f32x4_mul(x, x), f32x4_splat(1e9));
        let factor = f32x4_add(f32x4_splat(slope), f32x4_mul(f32x4_splat(slope * cubic), square));
        let below = f32x4_add(one, exp(f32x4_neg(f32x4_mul(x, factor))));
        f32x4_div(v128_bitselect(x, one, gate), below)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// Φ(x) to double precision: its Taylor series within ±3, its continued fraction outside.
    fn phi(x: f64) -> f64 {
        let density = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        if x.abs() <= 3.0 {
            let mut term = x;
            let mut sum = x;
            for n in 1..100 {
                term *= x * x / (2 * n + 1) as f64;
                sum += term;
            }
            return 0.5 + density * sum;
        }
        let mut fraction = 0.0;
        for n in (1..200).rev() {
            fraction = n as f64 / (x.abs() + fraction);
        }
        let tail = density / (x.abs() + fraction);
        if x > 0.0 {
            1.0 - tail
        } else {
            tail
        }
    }

    fn exact(activation: Activation, x: f64) -> f64 {
        match activation {
            Activation::Gelu => x * phi(x),
            Activation::GeluTanh => {
                let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x);
                0.5 * x * (1.0 + inner.tanh())
            }
            Activation::Relu => x.max(0.0),
            Activation::Silu => x / (1.0 + (-x).exp()),
        }
    }

    const ALL: [(Activation, f64); 4] = [
        (Activation::Gelu, 1.6e-6),
        (Activation::GeluTanh, 1.6e-6),
        (Activation::Relu, 0.0),
        (Activation::Silu, 1.6e-6),
    ];

    #[wasm_bindgen_test]
    fn stay_within_the_stated_error() {
        for (activation, tolerance) in ALL {
            for i in -40_000..40_000 {
                let x = i as f32 * 3e-4;
                let mut row = [x; 4];
                activation.apply(&mut row);
                let error = (f64::from(row[3]) - exact(activation, f64::from(x))).abs();
                assert!(error <= tolerance, "{activation:?}({x}) is off by {error}");
            }
        }
    }

    #[wasm_bindgen_test]
    fn large_arguments_stay_finite() {
        for (activation, _) in ALL {
            let mut row = [-1e4, 1e4, -1e9, 1e9];
            let largest = activation.apply(&mut row);
            assert_eq!(largest, row.iter().fold(0.0, |max: f32, x| max.max(x.abs())));
            assert!(row.iter().all(|x| x.is_finite()), "{activation:?} gave {row:?}");
        }
    }
}
