//! The table at the start of a safetensors file.
//!
//! Eight bytes give the table's length, little-endian; then comes JSON. The `safetensors` crate
//! parses it and proves that the tensors' byte ranges fit their shapes and leave no gaps.

use super::dtype::Dtype;
use crate::Error;
use safetensors::tensor::Metadata;
use std::collections::BTreeMap;

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
    pub metadata: BTreeMap<String, String>,
}

/// The length that the first eight bytes announce, checked.
pub fn header_length(prefix: [u8; PREFIX]) -> Result<usize, Error> {
    let length = u64::from_le_bytes(prefix);
    if length > MAX_HEADER {
        let shown: String =
            prefix.iter().map(|&b| if b.is_ascii_graphic() { b as char } else { '.' }).collect();
        return Err(Error::NotSafetensors {
            reason: format!(
                "its first eight bytes (`{shown}`) announce a header of {length} bytes, more than the {MAX_HEADER} allowed"
            ),
        });
    }
    Ok(length as usize)
}

impl Header {
    /// Parses the prefix and the table together.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let table = bytes.get(PREFIX..).unwrap_or_default();
        let metadata: Metadata = serde_json::from_slice(table)
            .map_err(|e| Error::NotSafetensors { reason: e.to_string() })?;
        let mut tensors: Vec<TensorEntry> = metadata
            .tensors()
            .into_iter()
            .map(|(name, info)| TensorEntry {
                name,
                dtype: info.dtype,
                shape: info.shape.clone(),
                start: info.data_offsets.0,
                end: info.data_offsets.1,
            })
            .collect();
        tensors.sort_by_key(|tensor| (tensor.start, tensor.end));
        let metadata = metadata.metadata().clone().unwrap_or_default();
        Ok(Header { tensors, metadata: metadata.into_iter().collect() })
    }

    /// Bytes of data behind the table.
    pub fn data_length(&self) -> usize {
        self.tensors.iter().map(|t| t.end).max().unwrap_or(0)
    }

    pub fn tensor(&self, name: &str) -> Option<&TensorEntry> {
        self.tensors.iter().find(|t| t.name == name)
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
        assert_eq!(header.tensor("a").unwrap().shape, [1, 3]);
        assert_eq!(header.metadata["k"], "v");
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
            let error = Header::parse(&file(json)).unwrap_err();
            assert!(matches!(error, Error::NotSafetensors { .. }), "{json}: {error:?}");
        }
    }
}
