//! From the hidden states of a text to its vector.

use super::json::Fields;
use crate::kernels::pool::{add_scaled, scale, take_max};
use crate::Error;

/// The file that sentence-transformers keeps the choice in.
pub const FILE: &str = "1_Pooling/config.json";

/// How the hidden states of a text's tokens become one vector. [CLS] and [SEP] count as tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// The hidden state of [CLS].
    Cls,
    Max,
    Mean,
    /// The sum over the square root of the token count.
    MeanSqrtLength,
    /// The mean with weights 1, 2, 3 … in the order of tokens.
    WeightedMean,
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
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(pooling, ..)| *pooling == self).map_or("", |(_, name, _)| name)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, n, _)| *n == name).map(|(pooling, ..)| *pooling)
    }

    /// Reads the text of 1_Pooling/config.json.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let fields = Fields::parse(FILE, text)?;
        if let Some(name) = fields.optional_string("pooling_mode")? {
            return Pooling::from_name(name)
                .ok_or_else(|| Error::unsupported(FILE, "pooling_mode", format!("`{name}`")));
        }
        let mut chosen = None;
        for (pooling, _, flag) in NAMES {
            if fields.flag(flag)? {
                if chosen.is_some() {
                    return Err(Error::unsupported(FILE, flag, "true beside another pooling"));
                }
                chosen = Some(pooling);
            }
        }
        chosen.ok_or_else(|| {
            Error::field(FILE, "pooling_mode_mean_tokens", "and its siblings are all false")
        })
    }

    /// Pools `rows`, the hidden states of one text, one after the other and at least one, into
    /// `out`, whose length is that of a row.
    pub fn pool(self, rows: &[f32], out: &mut [f32]) {
        let width = out.len();
        let count = rows.len() / width;
        let rows = || rows.chunks_exact(width);
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
                sum(out, &|i| (i + 1) as f32);
                scale(out, 2.0 / (count as f32 * (count + 1) as f32));
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
            pooling.pool(&rows, &mut out);
            assert_close(&out[..2], &expected, 1e-6);
            assert_eq!(Pooling::from_name(pooling.name()), Some(pooling));
        }
    }

    #[wasm_bindgen_test]
    fn reads_either_form_of_the_file() {
        let parse = Pooling::parse;
        assert_eq!(
            parse(r#"{"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false}"#),
            Ok(Pooling::Cls)
        );
        assert_eq!(
            parse(r#"{"word_embedding_dimension":4,"pooling_mode":"lasttoken"}"#),
            Ok(Pooling::LastToken)
        );
        let both = parse(r#"{"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":true}"#);
        assert!(matches!(both, Err(Error::Unsupported { .. })));
        assert!(parse("{}").is_err());
        assert!(parse(r#"{"pooling_mode":"attention"}"#).is_err());
        assert!(parse(r#"{"pooling_mode_cls_token":"yes"}"#).is_err());
    }
}
