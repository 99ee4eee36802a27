//! The table at the start of a safetensors file.
//!
//! Eight bytes give the table's length, little-endian; then comes JSON, an object of tensors by
//! name. Their byte ranges must lie end to end from 0 on and fit their shapes.
//!
//! The `safetensors` crate reads such tables too, but with serde and serde_json costs 60 KB of the
//! 200 KB that the whole engine may have; the tests hold what is written here against it.

use super::dtype::Dtype;
use crate::error::shape;
use crate::files::entries::Entries;
use crate::files::json::Json;
use crate::{Error, ErrorKind};

/// Bytes of the length in front of the table.
pub const PREFIX: usize = 8;
/// Longer tables are refused; those of real models have some 10 KB, a packed vocabulary's
/// tokenizer included.
pub const MAX_HEADER: u64 = 16 << 20;

/// One tensor, and where its bytes lie in the data that follows the table.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorEntry {
    pub name: String,
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    pub start: usize,
    pub end: usize,
}

#[derive(Debug)]
pub struct Header {
    /// In the order of their bytes.
    pub tensors: Vec<TensorEntry>,
    /// The file's `__metadata__`.
    pub metadata: Entries<String>,
}

/// The length that the first eight bytes announce, checked.
pub fn header_length(prefix: [u8; PREFIX]) -> Result<usize, Error> {
    let length = u64::from_le_bytes(prefix);
    if length > MAX_HEADER {
        let mut shown = String::new();
        for byte in prefix {
            shown.push(if byte.is_ascii_graphic() { char::from(byte) } else { '.' });
        }
        return Err(invalid(format!(
                "its first eight bytes (`{shown}`) announce a header of {length} bytes, more than the {MAX_HEADER} allowed"
            )));
    }
    Ok(length as usize)
}

fn invalid(reason: impl Into<String>) -> Error {
    ErrorKind::NotSafetensors { reason: reason.into() }.into()
}

impl Header {
    /// Parses the prefix and the table together.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let table = bytes.get(PREFIX..).unwrap_or_default();
        let table = std::str::from_utf8(table).map_err(|_| invalid("its header is not UTF-8"))?;
        let table = Json::parse(table).map_err(|e| invalid(format!("its header: {e}")))?;
        let table = table.as_object().ok_or_else(|| invalid("its header is no object"))?;
        let (mut tensors, mut metadata) = (Vec::new(), Entries::default());
        for (name, value) in table.iter() {
            if name == "__metadata__" {
                let Json::Object(entries) = value else { continue };
                for (key, value) in entries.iter() {
                    if let Some(text) = value.as_str() {
                        metadata.push(key.to_owned(), text.to_owned());
                    }
                }
            } else {
                let entry = TensorEntry::parse(name, value);
                let entry = entry.ok_or_else(|| {
                    invalid(format!("its entry for tensor `{name}` is malformed"))
                })?;
                // Each goes to its place at once: a sort would take 4 KB of code for a list that
                // is in order already in the files that are written today.
                let place = tensors.partition_point(|other: &TensorEntry| {
                    (other.start, other.end) <= (entry.start, entry.end)
                });
                tensors.insert(place, entry);
            }
        }
        let mut end = 0;
        for tensor in &tensors {
            if tensor.start != end || !tensor.fits_its_shape() {
                return Err(invalid(format!(
                    "tensor `{}` has shape {} and type {}, but lies at bytes {} to {}, where {end} was due",
                    tensor.name,
                    shape(&tensor.shape),
                    tensor.dtype.name(),
                    tensor.start,
                    tensor.end
                )));
            }
            end = tensor.end;
        }
        Ok(Header { tensors, metadata })
    }

    /// Bytes of data behind the table.
    pub fn data_length(&self) -> usize {
        self.tensors.iter().map(|t| t.end).max().unwrap_or(0)
    }

    /// The tensor's place in `tensors`.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.tensors.iter().position(|tensor| tensor.name == name)
    }
}

impl TensorEntry {
    fn parse(name: &str, value: &Json) -> Option<Self> {
        let value = value.as_object()?;
        let numbers = |key: &str| -> Option<Vec<usize>> {
            let mut numbers = Vec::new();
            for number in value.get(key)?.as_array()? {
                numbers.push(usize::try_from(number.as_u64()?).ok()?);
            }
            Some(numbers)
        };
        let &[start, end] = numbers("data_offsets")?.as_slice() else { return None };
        Some(TensorEntry {
            name: name.to_owned(),
            dtype: Dtype::from_name(value.get("dtype")?.as_str()?),
            shape: numbers("shape")?,
            start,
            end,
        })
    }

    fn fits_its_shape(&self) -> bool {
        let Some(length) = self.end.checked_sub(self.start) else { return false };
        let elements = self.shape.iter().try_fold(1usize, |n, &side| n.checked_mul(side));
        match (elements, self.dtype.size()) {
            (Some(elements), Some(size)) => elements.checked_mul(size) == Some(length),
            (Some(_), None) => true,
            (None, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn file(json: &str) -> Vec<u8> {
        let mut bytes = (json.len() as u64).to_le_bytes().to_vec();
        bytes.extend(json.as_bytes());
        bytes
    }

    #[wasm_bindgen_test]
    fn lists_tensors_in_the_order_of_their_bytes() {
        let json = r#"{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"__metadata__":{"k":"v"},"a":{"dtype":"I8","shape":[1,3],"data_offsets":[8,11]}}"#;
        let header = Header::parse(&file(json)).unwrap();
        let names: Vec<_> = header.tensors.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
        assert_eq!(header.data_length(), 11);
        assert_eq!(header.tensors[header.index("a").unwrap()].shape, [1, 3]);
        assert_eq!(header.metadata.get("k").unwrap(), "v");
    }

    #[wasm_bindgen_test]
    fn refuses_what_is_no_header() {
        let html = *b"<!DOCTYP";
        let error = header_length(html).unwrap_err().to_string();
        assert!(error.contains("<!DOCTYP"), "{error}");
        assert!(header_length((MAX_HEADER + 1).to_le_bytes()).is_err());
        let bad = [
            "",
            "[]",
            "{\"a\":1}",
            // Overlapping, with a gap, of the wrong size, overflowing.
            r#"{"a":{"dtype":"I8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"I8","shape":[4],"data_offsets":[2,6]}}"#,
            r#"{"a":{"dtype":"I8","shape":[4],"data_offsets":[4,8]}}"#,
            r#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,4]}}"#,
            r#"{"a":{"dtype":"F32","shape":[4294967295,4294967295],"data_offsets":[0,4]}}"#,
            r#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
        ];
        for json in bad {
            assert!(safetensors::SafeTensors::read_metadata(&file(json)).is_err());
            let error = Header::parse(&file(json)).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::NotSafetensors { .. }), "{json}: {error:?}");
        }
    }
}
