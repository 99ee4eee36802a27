//! From the hidden states of a text to its vector.

use crate::Error;
use crate::files::fields::Fields;
use crate::files::json::Json;
use crate::kernels::elementwise::{add_scaled, scale, take_max};

/// How the hidden states of a text's tokens become one vector. [CLS] and [SEP] count as tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// The hidden state of [CLS].
    Cls,
    /// The largest value of each element.
    Max,
    /// The mean over all tokens.
    Mean,
    /// The sum over the square root of the token count.
    MeanSqrtLength,
    /// The mean with weights 1, 2, 3 … in the order of tokens.
    WeightedMean,
    /// The hidden state of the last token.
    LastToken,
}

/// Each pooling's name as sentence-transformers' `pooling_mode` has it, and its own flag in
/// 1_Pooling/config.json. The order is that in which several are concatenated.
const NAMES: [(Pooling, &str, &str); 6] = [
    (Pooling::Cls, "cls", "pooling_mode_cls_token"),
    (Pooling::Max, "max", "pooling_mode_max_tokens"),
    (Pooling::Mean, "mean", "pooling_mode_mean_tokens"),
    (Pooling::MeanSqrtLength, "mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens"),
    (Pooling::WeightedMean, "weightedmean", "pooling_mode_weightedmean_tokens"),
    (Pooling::LastToken, "lasttoken", "pooling_mode_lasttoken"),
];

impl Pooling {
    /// The name that sentence-transformers has for the pooling.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(pooling, ..)| *pooling == self).map_or("", |(_, name, _)| name)
    }

    /// The pooling of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, n, _)| *n == name).map(|(pooling, ..)| *pooling)
    }

    /// Reads sentence-transformers' config.json of a pooling: the modes whose vectors are to be
    /// concatenated, mostly one.
    pub fn parse(fields: &Fields<'_>) -> Result<Vec<Self>, Error> {
        const MODE: &str = "pooling_mode";
        let named = |value: &Json| {
            let pooling = value.as_str().and_then(Pooling::from_name);
            pooling.ok_or_else(|| fields.unsupported(MODE))
        };
        match fields.get(MODE) {
            Some(Json::Array(names)) if !names.is_empty() => {
                let mut chosen = Vec::new();
                for name in names {
                    chosen.push(named(name)?);
                }
                Ok(chosen)
            }
            Some(name) => Ok(vec![named(name)?]),
            None => {
                let mut chosen = Vec::new();
                let mut any_flag = false;
                for (pooling, _, flag) in NAMES {
                    let flag = fields.option(flag)?;
                    any_flag |= flag.is_some();
                    if flag == Some(true) {
                        chosen.push(pooling);
                    }
                }
                if !any_flag {
                    return Err(fields.wrong(MODE, "is missing"));
                }
                // As sentence-transformers does where all are false.
                if chosen.is_empty() {
                    chosen.push(Pooling::Mean);
                }
                Ok(chosen)
            }
        }
    }

    /// Pools `rows`, the hidden states of one text, one after the other and at least one, into
    /// `out`, whose length is that of a row. The first `skipped` rows, fewer than there are, are a
    /// prompt that does not count.
    pub fn pool(self, rows: &[f32], skipped: usize, out: &mut [f32]) {
        let width = out.len();
        let all = rows.len() / width;
        let count = all - skipped;
        let rows = || rows.chunks_exact(width).skip(skipped);
        let sum = |out: &mut [f32], weight: &dyn Fn(usize) -> f32| {
            out.fill(0.0);
            rows().enumerate().for_each(|(i, row)| add_scaled(out, row, weight(i)));
        };
        match self {
            Pooling::Cls => out.copy_from_slice(rows().next().expect("a text has tokens")),
            Pooling::LastToken => out.copy_from_slice(rows().last().expect("a text has tokens")),
            Pooling::Max => {
                out.fill(f32::NEG_INFINITY);
                rows().for_each(|row| take_max(out, row));
            }
            Pooling::Mean => {
                sum(out, &|_| 1.0);
                scale(out, 1.0 / count as f32);
            }
            Pooling::MeanSqrtLength => {
                sum(out, &|_| 1.0);
                scale(out, 1.0 / (count as f32).sqrt());
            }
            Pooling::WeightedMean => {
                // Positions count from the text's first token on, skipped or not.
                sum(out, &|i| (skipped + i + 1) as f32);
                scale(out, 2.0 / (count as f32 * (all + skipped + 1) as f32));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::assert_close;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn each_by_hand() {
        let rows =
            [1.0, -2.0, 0.0, 0.0, 3.0, 4.0, 0.0, 0.0, 5.0, -5.0, 0.0, 0.0, 7.0, 1.0, 0.0, 0.0];
        let cases = [
            (Pooling::Cls, [1.0, -2.0]),
            (Pooling::LastToken, [7.0, 1.0]),
            (Pooling::Max, [7.0, 4.0]),
            (Pooling::Mean, [4.0, -0.5]),
            (Pooling::MeanSqrtLength, [8.0, -1.0]),
            (Pooling::WeightedMean, [5.0, -0.5]),
        ];
        for (pooling, expected) in cases {
            let mut out = [9.0; 4];
            pooling.pool(&rows, 0, &mut out);
            assert_close(&out[..2], &expected, 1e-6);
            assert_eq!(Pooling::from_name(pooling.name()), Some(pooling));
        }
    }

    #[wasm_bindgen_test]
    fn a_prompt_that_does_not_count() {
        let rows = [9.0, 9.0, 9.0, 9.0, 1.0, 2.0, 0.0, 0.0, 4.0, -4.0, 0.0, 0.0];
        let cases = [
            (Pooling::Cls, [1.0, 2.0]),
            (Pooling::LastToken, [4.0, -4.0]),
            (Pooling::Max, [4.0, 2.0]),
            (Pooling::Mean, [2.5, -1.0]),
            (Pooling::MeanSqrtLength, [5.0 / 2f32.sqrt(), -2.0 / 2f32.sqrt()]),
            (Pooling::WeightedMean, [(2.0 + 12.0) / 5.0, (4.0 - 12.0) / 5.0]),
        ];
        for (pooling, expected) in cases {
            let mut out = [9.0; 4];
            pooling.pool(&rows, 1, &mut out);
            assert_close(&out[..2], &expected, 1e-6);
        }
    }

    #[wasm_bindgen_test]
    fn reads_either_form_of_the_file() {
        let parse = |text| {
            let json = Json::parse(text).unwrap();
            Pooling::parse(&Fields::root(&json, "1_Pooling/config.json").unwrap())
        };
        assert_eq!(
            parse(r#"{"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false}"#),
            Ok(vec![Pooling::Cls])
        );
        assert_eq!(parse(r#"{"pooling_mode":"lasttoken"}"#), Ok(vec![Pooling::LastToken]));
        // A list keeps its order; flags have one of their own.
        assert_eq!(
            parse(r#"{"pooling_mode":["mean","cls"]}"#),
            Ok(vec![Pooling::Mean, Pooling::Cls])
        );
        assert_eq!(
            parse(r#"{"pooling_mode_mean_tokens":true,"pooling_mode_cls_token":true}"#),
            Ok(vec![Pooling::Cls, Pooling::Mean])
        );
        assert_eq!(parse(r#"{"pooling_mode_mean_tokens":false}"#), Ok(vec![Pooling::Mean]));
        assert!(parse("{}").is_err());
        assert!(parse(r#"{"pooling_mode":"attention"}"#).is_err());
        assert!(parse(r#"{"pooling_mode":[]}"#).is_err());
        assert!(parse(r#"{"pooling_mode_cls_token":"yes"}"#).is_err());
    }
}
