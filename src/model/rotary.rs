//! ModernBERT's positions: queries and keys are turned by angles that grow with the token's place.

use super::config::Config;
use crate::Error;
use crate::files::fields::Fields;
use crate::files::json::Json;

const GLOBAL: &str = "full_attention";
const LOCAL: &str = "sliding_attention";
const TYPES: &str = "layer_types";
const EVERY: &str = "global_attn_every_n_layers";
const WINDOW: &str = "local_attention";

/// Which layers look at the whole text, and how fast angles fall with a pair's number.
#[derive(Debug, Clone, PartialEq)]
pub struct Rotary {
    /// The base of angles in layers that look at the whole text.
    pub global_theta: f64,
    /// The base of angles in layers with a window.
    pub local_theta: f64,
    /// How many tokens on either side a layer with a window looks at.
    pub window: usize,
    /// Every so many layers, from the first on, one looks at the whole text.
    pub every: usize,
    /// Whether each layer has a window, where the config lists them.
    pub local: Vec<bool>,
}

impl Rotary {
    /// Reads config.json, in the form of either version of `transformers`.
    pub fn parse(fields: &Fields<'_>) -> Result<Self, Error> {
        for flag in ["attention_bias", "mlp_bias", "norm_bias"] {
            if fields.option(flag)? == Some(true) {
                return Err(fields.unsupported(flag));
            }
        }
        if !fields.is_null("rope_scaling") {
            return Err(fields.unsupported("rope_scaling"));
        }
        let theta = |kind: &str, early: &str, usual: f64| -> Result<f64, Error> {
            const PARAMETERS: &str = "rope_parameters";
            let mut theta = None;
            if !fields.is_null(PARAMETERS) {
                let all = fields.object(PARAMETERS)?;
                if !all.is_null(kind) {
                    let own = all.object(kind)?;
                    if own.optional_string("rope_type")?.is_some_and(|kind| kind != "default") {
                        return Err(own.unsupported("rope_type"));
                    }
                    theta = own.optional_float("rope_theta")?;
                }
            }
            let theta = theta.or(fields.optional_float(early)?).unwrap_or(usual);
            if !(theta.is_finite() && theta >= 1.0) {
                return Err(fields.wrong(early, "is not a number from 1 on"));
            }
            Ok(theta)
        };
        let mut local = Vec::new();
        if !fields.is_null(TYPES) {
            for kind in fields.array(TYPES)? {
                local.push(match kind.as_str() {
                    Some(LOCAL) => true,
                    Some(GLOBAL) => false,
                    _ => return Err(fields.unsupported(TYPES)),
                });
            }
        }
        Ok(Rotary {
            global_theta: theta(GLOBAL, "global_rope_theta", 160_000.0)?,
            local_theta: theta(LOCAL, "local_rope_theta", 10_000.0)?,
            window: if fields.is_null(WINDOW) { 128 } else { fields.number(WINDOW)? } / 2,
            every: fields.optional_count(EVERY)?.unwrap_or(3),
            local,
        })
    }

    /// Fails where this does not fit the rest of the config.
    pub fn check(&self, config: &Config, fields: &Fields<'_>) -> Result<(), Error> {
        if !self.local.is_empty() && self.local.len() != config.layers {
            let reason = format!("names {} layers of {}", self.local.len(), config.layers);
            return Err(fields.wrong(TYPES, &reason));
        }
        if config.head_size() % 2 != 0 {
            return Err(fields.wrong("hidden_size", "gives heads of an odd size"));
        }
        Ok(())
    }

    /// The fields that [`Rotary::parse`] reads.
    pub fn to_json(&self) -> Vec<(&'static str, Json)> {
        let mut fields = vec![
            ("global_rope_theta", self.global_theta.into()),
            ("local_rope_theta", self.local_theta.into()),
            (WINDOW, (2 * self.window).into()),
            (EVERY, self.every.into()),
        ];
        if !self.local.is_empty() {
            let kinds = self.local.iter().map(|&local| if local { LOCAL } else { GLOBAL });
            fields.push((TYPES, Json::array(kinds)));
        }
        fields
    }

    /// Whether a layer looks at a window only.
    pub fn is_local(&self, layer: usize) -> bool {
        self.local.get(layer).copied().unwrap_or(layer % self.every != 0)
    }
}

/// Cosines and sines for each position, one for each pair of elements of a head.
#[derive(Default)]
pub struct Angles {
    cosines: Vec<f32>,
    sines: Vec<f32>,
    /// What the angle of each pair grows by from one position to the next.
    steps: Vec<f32>,
}

impl Angles {
    /// Angles for heads of `size` elements. In the precision in which `transformers` takes them: at position
    /// 8,000 another rounding turns a pair by a thousandth.
    pub fn new(theta: f64, size: usize) -> Self {
        let base = root(theta, size / 2);
        let step = |pair: usize| 1.0 / base.powi(pair as i32) as f32;
        Angles { steps: (0..size / 2).map(step).collect(), ..Angles::default() }
    }

    /// Makes the angles of `positions` positions.
    pub fn prepare(&mut self, positions: usize) {
        let done = self.cosines.len() / self.steps.len().max(1);
        for position in done..positions {
            for &step in &self.steps {
                let (cosine, sine) = cos_sin(f64::from(position as f32 * step));
                self.cosines.push(cosine as f32);
                self.sines.push(sine as f32);
            }
        }
    }

    /// The cosines and sines of a position.
    pub fn of(&self, position: usize) -> (&[f32], &[f32]) {
        let place = position * self.steps.len()..(position + 1) * self.steps.len();
        (&self.cosines[place.clone()], &self.sines[place])
    }
}

/// The number from 1 on whose power by `exponent` is `value`.
fn root(value: f64, exponent: usize) -> f64 {
    let (mut low, mut high) = (1.0, value);
    // Each step halves what is left, until float64 has nothing between the two.
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if middle.powi(exponent as i32) < value {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Cosine and sine of an angle from 0 on: 20 KB less of the engine than those of the standard library,
/// with their `powf`.
fn cos_sin(angle: f64) -> (f64, f64) {
    use std::f64::consts::FRAC_PI_2;
    /// What the float64 nearest to π / 2 lacks.
    const REST: f64 = 6.123_233_995_736_766e-17;
    let quarters = (angle / FRAC_PI_2).round_ties_even();
    let x = angle - quarters * FRAC_PI_2 - quarters * REST;
    // Taylor's series, of which the terms left out are below 1e-17 for |x| ≤ π / 4.
    let series = |first: f64, from: u32| {
        let (mut term, mut sum) = (first, first);
        for n in (from..from + 16).step_by(2) {
            term *= -x * x / f64::from(n * (n + 1));
            sum += term;
        }
        sum
    };
    let (cosine, sine) = (series(1.0, 1), series(x, 2));
    match quarters as u64 % 4 {
        0 => (cosine, sine),
        1 => (-sine, cosine),
        2 => (-cosine, -sine),
        _ => (sine, -cosine),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn cosines_and_sines_are_those_of_the_standard_library() {
        for at in 0..20_000 {
            let angle = f64::from(at) * 1.7;
            let (cosine, sine) = cos_sin(angle);
            assert!((cosine - angle.cos()).abs() < 1e-11, "{angle}");
            assert!((sine - angle.sin()).abs() < 1e-11, "{angle}");
        }
    }

    #[wasm_bindgen_test]
    fn steps_are_the_powers_of_theta() {
        for (theta, size) in [(160_000.0f64, 64), (10_000.0, 6), (10_000.0, 2), (1.0, 8)] {
            let angles = Angles::new(theta, size);
            for (pair, &step) in angles.steps.iter().enumerate() {
                let expected = 1.0 / theta.powf(2.0 * pair as f64 / size as f64);
                assert!((f64::from(step) / expected - 1.0).abs() < 1e-7, "{theta} {size} {pair}");
            }
        }
    }
}
