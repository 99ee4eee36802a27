//! The parts of the encoder that are no matrix product, each with its derivative.

use crate::matmul::add_scaled;
use crate::model::{Activation, Norm};
use std::f32::consts::PI;

/// What a layer norm keeps of its input for the way back.
#[derive(Default)]
pub struct Normed {
    /// Its output.
    pub out: Vec<f32>,
    /// Its input, less the mean, over the deviation.
    centred: Vec<f32>,
    /// One over the deviation, of each row.
    inverse: Vec<f32>,
}

pub fn normalise(input: &[f32], norm: &Norm, epsilon: f32) -> Normed {
    let width = norm.gamma.len();
    let mut normed = Normed::default();
    for row in input.chunks_exact(width) {
        let mean = row.iter().sum::<f32>() / width as f32;
        let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / width as f32;
        let inverse = 1.0 / (variance + epsilon).sqrt();
        normed.inverse.push(inverse);
        for (index, x) in row.iter().enumerate() {
            let centred = (x - mean) * inverse;
            normed.centred.push(centred);
            normed.out.push(centred * norm.gamma[index] + norm.beta[index]);
        }
    }
    normed
}

/// The gradient of a layer norm's input, given that of its output.
pub fn normalise_back(gradient: &[f32], norm: &Norm, normed: &Normed) -> Vec<f32> {
    let width = norm.gamma.len();
    let mut out = Vec::with_capacity(gradient.len());
    let rows = gradient.chunks_exact(width).zip(normed.centred.chunks_exact(width));
    for ((gradient, centred), inverse) in rows.zip(&normed.inverse) {
        let scaled: Vec<f32> =
            gradient.iter().zip(&norm.gamma).map(|(g, gamma)| g * gamma).collect();
        let mean = scaled.iter().sum::<f32>() / width as f32;
        let along = scaled.iter().zip(centred).map(|(g, c)| g * c).sum::<f32>() / width as f32;
        out.extend(scaled.iter().zip(centred).map(|(g, c)| (g - mean - c * along) * inverse));
    }
    out
}

/// The activation's value and slope.
pub fn activate(activation: Activation, x: f32) -> (f32, f32) {
    match activation {
        Activation::Relu => (x.max(0.0), if x > 0.0 { 1.0 } else { 0.0 }),
        Activation::Silu => {
            let sigmoid = 1.0 / (1.0 + (-x).exp());
            (x * sigmoid, sigmoid * (1.0 + x * (1.0 - sigmoid)))
        }
        Activation::Gelu => {
            let below = normal_below(x);
            (x * below, below + x * (-0.5 * x * x).exp() / (2.0 * PI).sqrt())
        }
        Activation::GeluTanh => {
            let factor = (2.0 / PI).sqrt();
            let tanh = (factor * (x + 0.044_715 * x * x * x)).tanh();
            let inner = factor * (1.0 + 3.0 * 0.044_715 * x * x);
            (0.5 * x * (1.0 + tanh), 0.5 * (1.0 + tanh) + 0.5 * x * (1.0 - tanh * tanh) * inner)
        }
    }
}

/// The normal distribution, to within 1e-7 (Abramowitz and Stegun 7.1.26).
fn normal_below(x: f32) -> f32 {
    let z = x.abs() / std::f32::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let polynomial = t
        * (0.254_829_6
            + t * (-0.284_496_74 + t * (1.421_413_7 + t * (-1.453_152 + t * 1.061_405_4))));
    let tail = 0.5 * polynomial * (-z * z).exp();
    if x < 0.0 { tail } else { 1.0 - tail }
}

/// Where one text's heads lie: rows of `hidden`, from row `first` on.
pub struct Heads<'a> {
    pub query: &'a [f32],
    pub key: &'a [f32],
    pub value: &'a [f32],
    pub hidden: usize,
    pub heads: usize,
}

impl Heads<'_> {
    fn part<'m>(&self, matrix: &'m [f32], token: usize, head: usize) -> &'m [f32] {
        let size = self.hidden / self.heads;
        &matrix[token * self.hidden + head * size..][..size]
    }

    fn factor(&self) -> f32 {
        1.0 / ((self.hidden / self.heads) as f32).sqrt()
    }

    /// Self-attention of one text: its context rows, and each head's weights for the way back.
    pub fn attend(&self) -> (Vec<f32>, Vec<f32>) {
        let length = self.query.len() / self.hidden;
        let size = self.hidden / self.heads;
        let mut context = vec![0.0; self.query.len()];
        let mut all_weights = Vec::with_capacity(self.heads * length * length);
        for head in 0..self.heads {
            for token in 0..length {
                let query = self.part(self.query, token, head);
                let scores: Vec<f32> = (0..length)
                    .map(|other| self.factor() * dot(query, self.part(self.key, other, head)))
                    .collect();
                let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let exponentials: Vec<f32> = scores.iter().map(|s| (s - largest).exp()).collect();
                let sum: f32 = exponentials.iter().sum();
                let out = &mut context[token * self.hidden + head * size..][..size];
                for (other, exponential) in exponentials.iter().enumerate() {
                    let weight = exponential / sum;
                    add_scaled(out, weight, self.part(self.value, other, head));
                    all_weights.push(weight);
                }
            }
        }
        (context, all_weights)
    }

    /// The gradients of query, key and value, given that of the context.
    pub fn attend_back(&self, gradient: &[f32], all_weights: &[f32]) -> [Vec<f32>; 3] {
        let length = self.query.len() / self.hidden;
        let size = self.hidden / self.heads;
        let mut back = [0; 3].map(|_| vec![0.0; self.query.len()]);
        for head in 0..self.heads {
            for token in 0..length {
                let weights = &all_weights[(head * length + token) * length..][..length];
                let gradient = self.part(gradient, token, head);
                let slopes: Vec<f32> = (0..length)
                    .map(|other| dot(gradient, self.part(self.value, other, head)))
                    .collect();
                let mean = dot(&slopes, weights);
                for (other, (&weight, slope)) in weights.iter().zip(&slopes).enumerate() {
                    let score = weight * (slope - mean) * self.factor();
                    let (own, others) =
                        (token * self.hidden + head * size, other * self.hidden + head * size);
                    add_scaled(
                        &mut back[0][own..][..size],
                        score,
                        self.part(self.key, other, head),
                    );
                    add_scaled(
                        &mut back[1][others..][..size],
                        score,
                        self.part(self.query, token, head),
                    );
                    add_scaled(&mut back[2][others..][..size], weight, gradient);
                }
            }
        }
        back
    }
}

/// In four chains, which the compiler can run side by side.
pub fn dot(one: &[f32], other: &[f32]) -> f32 {
    let mut sums = [0.0f32; 4];
    let (ones, others) = (one.chunks_exact(4), other.chunks_exact(4));
    let rest: f32 = ones.remainder().iter().zip(others.remainder()).map(|(a, b)| a * b).sum();
    for (one, other) in ones.zip(others) {
        for ((sum, a), b) in sums.iter_mut().zip(one).zip(other) {
            *sum += a * b;
        }
    }
    sums[0] + sums[1] + sums[2] + sums[3] + rest
}
