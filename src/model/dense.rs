//! The small maps after pooling: a sentence-transformers Dense module, a pooler, a classifier.

use crate::Error;
use crate::files::fields::{self, Fields};
use crate::kernels::activation::{Activation, sigmoids};

/// A linear map of one vector, and the function of its results. It stays float32 in int8 models:
/// it has hardly any weights, and its error would go straight into the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// What its tensors' names have before `.weight` and `.bias`.
    pub name: String,
    /// Numbers that come in.
    pub inputs: usize,
    /// Numbers that come out.
    pub outputs: usize,
    /// Whether the map has a bias.
    pub bias: bool,
    /// What is applied to each output.
    pub function: Function,
}

/// The function applied to each result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Nothing.
    Identity,
    /// The hyperbolic tangent.
    Tanh,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// One of the functions that feed-forward blocks have.
    Activation(Activation),
}

/// The classes of torch.nn that are known.
const FUNCTIONS: [(&str, Function); 6] = [
    ("Identity", Function::Identity),
    ("Tanh", Function::Tanh),
    ("Sigmoid", Function::Sigmoid),
    ("ReLU", Function::Activation(Activation::Relu)),
    ("GELU", Function::Activation(Activation::Gelu)),
    ("SiLU", Function::Activation(Activation::Silu)),
];

impl Dense {
    /// Reads a Dense module's config.json; `name` is that of its map.
    pub fn parse(fields: &Fields<'_>, name: String) -> Result<Self, Error> {
        Ok(Dense {
            name,
            inputs: fields.count("in_features")?,
            outputs: fields.count("out_features")?,
            bias: fields.option("bias")?.unwrap_or(true),
            function: Function::parse(fields, "activation_function")?.unwrap_or(Function::Tanh),
        })
    }
}

impl Function {
    /// Reads a field that holds the path of a class, such as
    /// `torch.nn.modules.activation.Sigmoid`; `None` where it is missing or null.
    pub fn parse(fields: &Fields<'_>, name: &str) -> Result<Option<Self>, Error> {
        let Some(path) = fields.optional_string(name)? else { return Ok(None) };
        let found = FUNCTIONS.iter().find(|(class, _)| fields::is_class(path, "torch.nn.", class));
        found.map(|(_, function)| Some(*function)).ok_or_else(|| fields.unsupported(name))
    }

    /// Applies the function to the first `len` elements of `row`, whose length is a multiple of 4
    /// and which is zero from there on.
    pub fn apply(self, row: &mut [f32], len: usize) {
        match self {
            Function::Identity => {}
            Function::Sigmoid => sigmoids(row, 1.0),
            Function::Tanh => {
                sigmoids(row, 2.0);
                row.iter_mut().for_each(|x| *x = 2.0 * *x - 1.0);
            }
            Function::Activation(activation) => {
                activation.apply(row);
            }
        }
        row[len..].fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::json::Json;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn parse(text: &str) -> Result<Dense, Error> {
        let json = Json::parse(text).unwrap();
        Dense::parse(&Fields::root(&json, "2_Dense/config.json").unwrap(), "x".to_owned())
    }

    #[wasm_bindgen_test]
    fn reads_every_function() {
        for (class, function) in FUNCTIONS {
            let text = format!(
                r#"{{"in_features":3,"out_features":2,"bias":false,"activation_function":"torch.nn.modules.activation.{class}"}}"#
            );
            let dense = parse(&text).unwrap();
            assert_eq!((dense.inputs, dense.outputs, dense.bias), (3, 2, false));
            assert_eq!(dense.function, function);
        }
        let dense = parse(r#"{"in_features":3,"out_features":2}"#).unwrap();
        assert_eq!((dense.bias, dense.function), (true, Function::Tanh));
    }

    #[wasm_bindgen_test]
    fn names_the_field_that_is_wrong() {
        for (text, field) in [
            (r#"{"out_features":2}"#, "in_features"),
            (r#"{"in_features":3,"out_features":0}"#, "out_features"),
            (
                r#"{"in_features":3,"out_features":2,"activation_function":"mine.Tanh"}"#,
                "activation_function",
            ),
            (
                r#"{"in_features":3,"out_features":2,"activation_function":"torch.nn.Softmax"}"#,
                "activation_function",
            ),
            (r#"{"in_features":3,"out_features":2,"bias":"yes"}"#, "bias"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains("2_Dense/config.json") && error.contains(field), "{error}");
        }
    }

    #[wasm_bindgen_test]
    fn functions_by_their_definitions() {
        for x in [-100.0f32, -5.0, -1.0, -1e-3, 0.0, 1e-3, 0.5, 3.0, 100.0] {
            for (function, expected) in [
                (Function::Identity, f64::from(x)),
                (Function::Tanh, f64::from(x).tanh()),
                (Function::Sigmoid, 1.0 / (1.0 + (-f64::from(x)).exp())),
                (Function::Activation(Activation::Relu), f64::from(x.max(0.0))),
            ] {
                let mut row = [x, 0.0, 0.0, 0.0];
                function.apply(&mut row, 1);
                assert!(
                    (f64::from(row[0]) - expected).abs() < 3e-7,
                    "{function:?}({x}): {}",
                    row[0]
                );
                assert_eq!(row[1..], [0.0; 3]);
            }
        }
    }
}
