//! The table at the start of a safetensors file.
//!
//! Eight bytes give the table's length, little-endian; then comes JSON, an object of tensors by
//! name. Their byte ranges must lie end to end from 0 on and fit their shapes.
//!
//! The `safetensors` crate reads such tables too, for 37 KB more of compressed code, and refuses tensors of
//! 512 MiB on wasm32. The tests compare the two on good and on damaged tables.

use super::dtype::Dtype;
use crate::error::shape;
use crate::files::hashing::SeededState;
use crate::files::json::{Json, Texts};
use crate::{Error, ErrorKind};
use std::collections::HashMap;

/// Bytes of the length in front of the table.
pub const PREFIX: usize = 8;
/// Longer tables are refused; those of real models have some 10 KB, a packed vocabulary's
/// tokenizer included.
pub const MAX_HEADER: u64 = 16 << 20;

/// One tensor, and where its bytes are in the data that follows the table.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorEntry {
    /// The tensor's name.
    pub name: String,
    /// The type of its elements.
    pub dtype: Dtype,
    /// Its shape, row-major.
    pub shape: Vec<usize>,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last one.
    pub end: usize,
}

/// The table of a safetensors file.
#[derive(Debug)]
pub struct Header {
    /// In the order of their bytes.
    pub tensors: Vec<TensorEntry>,
    /// The file's `__metadata__`.
    pub metadata: Texts,
    /// Indices of `tensors` by name.
    by_name: HashMap<String, usize, SeededState>,
}

/// The length that the first eight bytes announce, checked.
pub fn header_length(prefix: [u8; PREFIX]) -> Result<usize, Error> {
    let length = u64::from_le_bytes(prefix);
    if length > MAX_HEADER {
        let shown = prefix.map(|byte| if byte.is_ascii_graphic() { char::from(byte) } else { '.' });
        let shown = String::from_iter(shown);
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
        let (mut tensors, mut metadata) = (Vec::new(), Texts::default());
        for (name, value) in table {
            if name == "__metadata__" {
                metadata = texts(value)
                    .ok_or_else(|| invalid("its `__metadata__` is not an object of strings"))?;
            } else {
                let entry = TensorEntry::parse(name, value);
                let malformed = || invalid(format!("its entry for tensor `{name}` is malformed"));
                tensors.push(entry.ok_or_else(malformed)?);
            }
        }
        tensors.sort_by_key(|tensor| (tensor.start, tensor.end));
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
        let names = tensors.iter().enumerate();
        let by_name = names.map(|(index, tensor)| (tensor.name.clone(), index)).collect();
        Ok(Header { tensors, metadata, by_name })
    }

    /// Bytes of data after the table.
    pub fn data_length(&self) -> usize {
        self.tensors.last().map_or(0, |tensor| tensor.end)
    }

    /// The tensor's place in `tensors`.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }
}

impl TensorEntry {
    fn parse(name: &str, value: &Json) -> Option<Self> {
        let value = value.as_object()?;
        let number = |number: &Json| usize::try_from(number.as_u64()?).ok();
        let numbers = |key: &str| -> Option<Vec<usize>> {
            value.get(key)?.as_array()?.iter().map(number).collect()
        };
        let &[start, end] = numbers("data_offsets")?.as_slice() else { return None };
        Some(TensorEntry {
            name: name.to_owned(),
            dtype: Dtype::from_name(value.get("dtype")?.as_str()?)?,
            shape: numbers("shape")?,
            start,
            end,
        })
    }

    fn fits_its_shape(&self) -> bool {
        let bits = self
            .shape
            .iter()
            .try_fold(self.dtype.bits() as u64, |bits, &side| bits.checked_mul(side as u64));
        let length = self.end.checked_sub(self.start);
        // Lengths are below 2³², so that eight times as much fits.
        bits.is_some_and(|bits| length.is_some_and(|length| length as u64 * 8 == bits))
    }
}

/// An object of strings, or nothing at all.
fn texts(value: &Json) -> Option<Texts> {
    if value.is_null() {
        return Some(Texts::default());
    }
    let entries = value.as_object()?.iter();
    entries.map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
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
            let error = Header::parse(&file(json)).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::NotSafetensors { .. }), "{json}: {error:?}");
            assert!(!crate_reads(json), "{json}");
        }
    }

    /// Whether the `safetensors` crate takes the table. (`SafeTensors::read_metadata` would also refuse a
    /// good one, because the data behind it is missing.)
    fn crate_reads(json: &str) -> bool {
        serde_json::from_str::<safetensors::tensor::Metadata>(json).is_ok()
    }

    #[wasm_bindgen_test]
    fn agrees_with_the_safetensors_crate() {
        let good = [
            "{}",
            r#"{"__metadata__":null}"#,
            r#"{"b":{"dtype":"F32","shape":[2],"data_offsets":[3,11]},"__metadata__":{"k":"v"},"a":{"dtype":"I8","shape":[1,3],"data_offsets":[0,3]}}"#,
            r#"{"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"b":{"dtype":"F4","shape":[2,3],"data_offsets":[8,11]}}"#,
            r#"{"a":{"dtype":"U8","shape":[0,4],"data_offsets":[0,0]},"b":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}"#,
        ];
        let bad = [
            r#"{"__metadata__":[]}"#,
            r#"{"__metadata__":{"k":1}}"#,
            r#"{"a":{"dtype":"ZZ","shape":[4],"data_offsets":[0,4]}}"#,
            r#"{"a":{"dtype":"I64","shape":[4],"data_offsets":[0,4]}}"#,
            r#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}"#,
            r#"{"a":{"dtype":"I8","shape":[4],"data_offsets":[0,4,4]}}"#,
            r#"{"a":{"shape":[4],"data_offsets":[0,4]}}"#,
        ];
        for (json, reads) in
            good.map(|json| (json, true)).into_iter().chain(bad.map(|json| (json, false)))
        {
            assert_eq!(crate_reads(json), reads, "{json}");
            assert_eq!(Header::parse(&file(json)).is_ok(), reads, "{json}");
        }
        // One character at a time is replaced by another that such tables have.
        let (mut read, mut refused) = (0, 0);
        for json in good {
            for at in 0..json.len() {
                for character in r#"01248aI"{}[],: "#.chars() {
                    let mut changed = json.to_owned();
                    changed.replace_range(at..at + 1, &character.to_string());
                    let theirs = crate_reads(&changed);
                    assert_eq!(Header::parse(&file(&changed)).is_ok(), theirs, "{changed}");
                    *(if theirs { &mut read } else { &mut refused }) += 1;
                }
            }
        }
        assert!(read > 200 && refused > 1000, "{read} read, {refused} refused");
    }

    #[wasm_bindgen_test]
    fn the_order_of_the_table_is_of_no_account() {
        const COUNT: usize = 20_000;
        let entry = |i: usize| {
            format!(r#""t{i}":{{"dtype":"I8","shape":[1],"data_offsets":[{i},{}]}}"#, i + 1)
        };
        let entries: Vec<String> = (0..COUNT).rev().map(entry).collect();
        let header = Header::parse(&file(&format!("{{{}}}", entries.join(",")))).unwrap();
        assert_eq!(header.data_length(), COUNT);
        for index in [0, 1, COUNT / 2, COUNT - 1] {
            assert_eq!(header.tensors[index].name, format!("t{index}"));
            assert_eq!(header.index(&format!("t{index}")), Some(index));
        }
    }
}
