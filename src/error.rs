//! Everything that can go wrong, in one type. Each variant carries the name, shape or value that
//! was at fault, so that its message can be acted on by someone who does not know the code.

use crate::files::names;
use edgebert_kernels::buffer::OutOfMemory;
use std::fmt;

/// A failure to read or to use a model. One pointer wide, so that results stay small.
#[derive(Debug, Clone, PartialEq)]
pub struct Error(Box<ErrorKind>);

/// What went wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum ErrorKind {
    /// The bytes end before the file does.
    Truncated {
        /// The part that is cut.
        what: String,
        /// Bytes that were expected.
        expected: u64,
        /// Bytes that arrived.
        found: u64,
    },
    /// The bytes are not a safetensors file.
    NotSafetensors {
        /// What is wrong with them.
        reason: String,
    },
    /// A tensor that the model needs is not in the file.
    MissingTensor {
        /// The tensor's name.
        name: String,
    },
    /// A tensor's shape is not the one that the config calls for.
    WrongShape {
        /// The tensor's name.
        name: String,
        /// The shape that the config calls for.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// A tensor's element type can't be read here.
    WrongDtype {
        /// The tensor's name.
        name: String,
        /// The types that are accepted.
        expected: String,
        /// The type in the file.
        found: String,
    },
    /// A weight is NaN or infinite.
    NonFinite {
        /// The tensor's name.
        name: String,
        /// The element, counted in row-major order.
        index: usize,
    },
    /// A file that the model needs was not given.
    MissingFile {
        /// The file's name.
        file: String,
    },
    /// A field of one of the model's JSON files is missing, malformed or contradictory.
    InvalidField {
        /// The file's name.
        file: String,
        /// The path of the field in it.
        field: String,
        /// What is wrong with its value.
        reason: String,
    },
    /// A model or tokenizer asks for something that this engine does not do.
    Unsupported {
        /// The file's name, or what else asks for it.
        file: String,
        /// The path of the field in it.
        field: String,
        /// The value that is not supported.
        value: String,
    },
    /// The model is larger than WebAssembly's memory.
    TooLarge {
        /// What is too large.
        what: String,
        /// Bytes that it needs.
        bytes: u64,
    },
    /// Bytes are not those that were stored.
    Damaged,
    /// A call that is not possible in the present state.
    State {
        /// Why it is not possible.
        reason: String,
    },
}

impl From<ErrorKind> for Error {
    #[cold]
    fn from(kind: ErrorKind) -> Self {
        Error(Box::new(kind))
    }
}

impl Error {
    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// The code that JavaScript sees on `EdgeBertError`.
    pub fn code(&self) -> &'static str {
        match &*self.0 {
            ErrorKind::Unsupported { .. } | ErrorKind::TooLarge { .. } => "unsupported",
            ErrorKind::State { .. } => "state",
            ErrorKind::Damaged => "integrity",
            _ => "format",
        }
    }

    #[cold]
    pub(crate) fn field(file: &str, field: &str, reason: &str) -> Self {
        let [file, field, reason] = [file, field, reason].map(str::to_owned);
        ErrorKind::InvalidField { file, field, reason }.into()
    }

    #[cold]
    pub(crate) fn unsupported(file: &str, field: &str, value: &str) -> Self {
        let [file, field, value] = [file, field, value].map(str::to_owned);
        ErrorKind::Unsupported { file, field, value }.into()
    }

    #[cold]
    pub(crate) fn state(reason: &str) -> Self {
        ErrorKind::State { reason: reason.to_owned() }.into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            ErrorKind::Truncated { what, expected, found } => {
                write!(f, "{what} ends early: {expected} bytes expected, {found} found")
            }
            ErrorKind::NotSafetensors { reason } => write!(f, "not a safetensors file: {reason}"),
            ErrorKind::MissingTensor { name } => write!(f, "tensor `{name}` is missing"),
            ErrorKind::WrongShape { name, expected, found } => {
                write!(
                    f,
                    "tensor `{name}` has shape {}, expected {}",
                    shape(found),
                    shape(expected)
                )
            }
            ErrorKind::WrongDtype { name, expected, found } => {
                write!(f, "tensor `{name}` has dtype {found}, expected {expected}")
            }
            ErrorKind::NonFinite { name, index } => {
                write!(f, "tensor `{name}` is not finite at element {index}")
            }
            ErrorKind::MissingFile { file } => {
                write!(f, "the model needs `{file}`, which was not given")?;
                if file == names::TOKENIZER {
                    f.write_str(
                        " (sentencepiece.bpe.model, spiece.model and vocab.json are not read: \
                         `AutoTokenizer.from_pretrained(…).save_pretrained(…)` makes it of them)",
                    )?;
                }
                Ok(())
            }
            ErrorKind::InvalidField { file, field, reason } => {
                write!(f, "{file}: `{field}` {reason}")
            }
            ErrorKind::Unsupported { file, field, value } => {
                write!(f, "{file}: `{field}` is {value}, which is not supported")
            }
            ErrorKind::TooLarge { what, bytes } => {
                write!(f, "{what} needs {bytes} bytes, more than WebAssembly can give")
            }
            ErrorKind::Damaged => f.write_str("stored bytes have changed: their checksum differs"),
            ErrorKind::State { reason } => f.write_str(reason),
        }
    }
}

/// A shape as text, such as `[32, 384]`.
pub(crate) fn shape(sides: &[usize]) -> String {
    let mut text = String::from("[");
    for (index, side) in sides.iter().enumerate() {
        if index > 0 {
            text += ", ";
        }
        text += &side.to_string();
    }
    text + "]"
}

impl std::error::Error for Error {}

impl From<OutOfMemory> for Error {
    fn from(OutOfMemory { what, bytes }: OutOfMemory) -> Self {
        ErrorKind::TooLarge { what, bytes }.into()
    }
}
