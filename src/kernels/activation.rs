//! Activation functions, row by row.

use crate::exp::Exp;
use crate::vector::{F32x4, I32x4};
use core::hint::black_box;

/// What stands between the two maps of a feed-forward block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// x · Φ(x) with the exact normal distribution, `gelu` in BERT's configs.
    Gelu,
    /// x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))), Hendrycks and Gimpel 2016: `gelu_new` and
    /// `gelu_pytorch_tanh`.
    GeluTanh,
    /// max(x, 0).
    Relu,
    /// x / (1 + exp(-x)), also called swish.
    Silu,
}

impl Activation {
    /// Applies the function to every element of `row`, whose length is a multiple of 4.
    #[inline(never)]
    pub fn apply(self, row: &mut [f32]) {
        match self {
            Activation::Gelu => {
                let gelu = Gelu::prepared();
                map(row, |x| gelu.of(x));
            }
            // The sigmoid of twice tanh's argument is the same as (1 + tanh) / 2.
            Activation::GeluTanh => {
                sigmoid(row, 2.0 * (2.0 / std::f32::consts::PI).sqrt(), 0.044_715, true)
            }
            Activation::Relu => map(row, |x| x.max(F32x4::ZERO)),
            Activation::Silu => sigmoid(row, 1.0, 0.0, true),
        }
    }
}

#[inline(always)]
fn map(row: &mut [f32], f: impl Fn(F32x4) -> F32x4) {
    assert!(row.len() % 4 == 0, "a row of {} elements is not padded", row.len());
    for four in row.chunks_exact_mut(4) {
        f(F32x4::load(four)).store(four);
    }
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
///
/// Its constants are values here, made once before a loop, as those of [`Exp`].
struct Gelu {
    bound: F32x4,
    numerator: [F32x4; 5],
    denominator: [F32x4; 6],
    half: F32x4,
}

impl Gelu {
    #[inline(always)]
    fn prepared() -> Self {
        let (bound, numerator, denominator, half) = black_box(&(PHI_BOUND, PHI_P, PHI_Q, 0.5));
        Gelu {
            bound: F32x4::splat(*bound),
            numerator: numerator.map(F32x4::splat),
            denominator: denominator.map(F32x4::splat),
            half: F32x4::splat(*half),
        }
    }

    #[inline(always)]
    fn of(&self, x: F32x4) -> F32x4 {
        let bounded = x.pmax(-self.bound).pmin(self.bound);
        let square = bounded * bounded;
        let ratio =
            bounded * polynomial(&self.numerator, square) / polynomial(&self.denominator, square);
        x * (ratio + self.half)
    }
}

#[inline(always)]
fn polynomial<const N: usize>(coefficients: &[F32x4; N], x: F32x4) -> F32x4 {
    let mut value = coefficients[N - 1];
    for &coefficient in coefficients[..N - 1].iter().rev() {
        value = value * x + coefficient;
    }
    value
}

/// 1 / (1 + exp(-slope · x)) of every element of `row`, whose length is a multiple of 4.
pub fn sigmoids(row: &mut [f32], slope: f32) {
    sigmoid(row, slope, 0.0, false);
}

/// sigmoid(slope · (x + cubic · x³)) of every element, times x where it is a gate.
#[inline(never)]
fn sigmoid(row: &mut [f32], slope: f32, cubic: f32, gate: bool) {
    let (one, gate) = (F32x4::splat(1.0), I32x4::splat(-i32::from(gate)));
    let exp = Exp::prepared();
    map(row, |x| {
        // Where x² is larger the sigmoid is 0 or 1.
        let square = (x * x).pmin(F32x4::splat(1e9));
        let factor = F32x4::splat(slope) + F32x4::splat(slope * cubic) * square;
        x.select(one, gate) / (one + exp.of(-(x * factor)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Canaried;
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
        if x > 0.0 { 1.0 - tail } else { tail }
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
    fn stay_within_the_stated_error_in_rows_of_any_length() {
        for (activation, tolerance) in ALL {
            let mut next = -40_000;
            for len in [4, 8, 12, 28, 1536].into_iter().cycle() {
                if next >= 40_000 {
                    break;
                }
                let arguments: Vec<f32> = (next..).take(len).map(|i| i as f32 * 3e-4).collect();
                next += len as i32;
                let mut row = Canaried::new(len, f32::MAX);
                row.inner().copy_from_slice(&arguments);
                activation.apply(row.inner());
                row.check();
                for (&x, &found) in arguments.iter().zip(row.inner().iter()) {
                    let error = (f64::from(found) - exact(activation, f64::from(x))).abs();
                    assert!(error <= tolerance, "{activation:?}({x}) is off by {error}");
                }
            }
            activation.apply(&mut []);
        }
    }

    #[wasm_bindgen_test]
    fn sigmoids_stay_within_their_error_and_between_the_ends() {
        for slope in [1.0f32, 1.702, 2.0] {
            let arguments: Vec<f32> = (-4000..4000).map(|i| i as f32 * 3e-3).collect();
            let mut row = arguments.clone();
            sigmoids(&mut row, slope);
            for (x, found) in arguments.iter().zip(row) {
                let exact = 1.0 / (1.0 + (-f64::from(slope) * f64::from(*x)).exp());
                assert!((f64::from(found) - exact).abs() <= 2e-7, "sigmoid({x}) is {found}");
                assert!((0.0..=1.0).contains(&found));
            }
        }
    }

    #[wasm_bindgen_test]
    fn large_arguments_stay_finite() {
        for (activation, _) in ALL {
            let mut row = [-1e4, 1e4, -1e9, 1e9];
            activation.apply(&mut row);
            assert!(row.iter().all(|x| x.is_finite()), "{activation:?} gave {row:?}");
        }
    }
}
