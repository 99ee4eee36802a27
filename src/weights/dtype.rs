//! Element types of checkpoints, decoded to float32.

use crate::{Error, ErrorKind};

/// An element type in a safetensors header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary16.
    F16,
    /// The upper half of binary32.
    BF16,
    /// Signed bytes.
    I8,
    /// Unsigned bytes.
    U8,
    /// A type that no tensor of a model has here, though others in the file can.
    Other {
        /// Its name in the header.
        name: &'static str,
        /// Bits of one element.
        bits: usize,
    },
}

/// The types that checkpoints may have.
pub const FLOATS: &[Dtype] = &[Dtype::F32, Dtype::F16, Dtype::BF16];

/// Types that are only skipped: old checkpoints have position ids in I64.
const OTHERS: [(&str, usize); 15] = [
    ("BOOL", 8),
    ("I16", 16),
    ("U16", 16),
    ("I32", 32),
    ("U32", 32),
    ("I64", 64),
    ("U64", 64),
    ("F64", 64),
    ("C64", 64),
    ("F8_E4M3", 8),
    ("F8_E5M2", 8),
    ("F8_E8M0", 8),
    ("F6_E2M3", 6),
    ("F6_E3M2", 6),
    ("F4", 4),
];

impl Dtype {
    /// The type of this name, if the safetensors format has one.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "F32" => Some(Dtype::F32),
            "F16" => Some(Dtype::F16),
            "BF16" => Some(Dtype::BF16),
            "I8" => Some(Dtype::I8),
            "U8" => Some(Dtype::U8),
            _ => {
                let other = OTHERS.iter().find(|(other, _)| *other == name);
                other.map(|&(name, bits)| Dtype::Other { name, bits })
            }
        }
    }

    /// The type's name in a header.
    pub fn name(self) -> &'static str {
        match self {
            Dtype::F32 => "F32",
            Dtype::F16 => "F16",
            Dtype::BF16 => "BF16",
            Dtype::I8 => "I8",
            Dtype::U8 => "U8",
            Dtype::Other { name, .. } => name,
        }
    }

    /// Bits of one element.
    pub fn bits(self) -> usize {
        match self {
            Dtype::F32 => 32,
            Dtype::F16 | Dtype::BF16 => 16,
            Dtype::I8 | Dtype::U8 => 8,
            Dtype::Other { bits, .. } => bits,
        }
    }
}

/// Names in a row, for messages.
pub fn names(dtypes: &[Dtype]) -> String {
    dtypes.iter().map(|dtype| dtype.name()).collect::<Vec<_>>().join(" or ")
}

/// Decodes little-endian `bytes` of a float type into `out`. A NaN or an infinity is an error that
/// names the tensor and the element, counted from `first`.
pub fn decode_floats(
    dtype: Dtype,
    bytes: &[u8],
    out: &mut Vec<f32>,
    name: &str,
    first: usize,
) -> Result<(), Error> {
    let size = match dtype {
        Dtype::F32 => 4,
        Dtype::F16 | Dtype::BF16 => 2,
        other => {
            return Err(ErrorKind::WrongDtype {
                name: name.to_owned(),
                expected: names(FLOATS),
                found: other.name().to_owned(),
            }
            .into());
        }
    };
    out.clear();
    out.resize(bytes.len() / size, 0.0);
    for (value, bytes) in out.iter_mut().zip(bytes.chunks_exact(size)) {
        *value = match (dtype, bytes) {
            (Dtype::F32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            (Dtype::F16, &[a, b]) => half(u16::from_le_bytes([a, b])),
            (_, &[a, b, ..]) => f32::from_le_bytes([0, 0, a, b]),
            _ => 0.0,
        };
    }
    match out.iter().position(|x| !x.is_finite()) {
        Some(index) => {
            Err(ErrorKind::NonFinite { name: name.to_owned(), index: first + index }.into())
        }
        None => Ok(()),
    }
}

/// IEEE 754 binary16 to binary32.
fn half(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let exponent = u32::from(bits >> 10) & 0x1f;
    let fraction = u32::from(bits & 0x3ff);
    match exponent {
        // A subnormal is its fraction in units of 2⁻²⁴.
        0 => f32::from_bits(sign | (fraction as f32 * 2.0f32.powi(-24)).to_bits()),
        0x1f => f32::from_bits(sign | 0x7f80_0000 | (fraction << 13)),
        _ => f32::from_bits(sign | ((exponent + 112) << 23) | (fraction << 13)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn half_precision_by_its_definition() {
        let two = |n: i32| 2.0f64.powi(n);
        for bits in 0..=u16::MAX {
            let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
            let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
            let found = half(bits);
            if exponent == 31 {
                assert_eq!(found.is_nan(), fraction != 0.0);
                assert!(!found.is_finite());
                continue;
            }
            let expected = if exponent == 0 {
                sign * fraction * two(-24)
            } else {
                sign * (1.0 + fraction / 1024.0) * two(exponent - 15)
            };
            assert_eq!(f64::from(found), expected, "{bits:#06x}");
            assert_eq!(found.is_sign_negative(), sign < 0.0);
        }
    }

    #[wasm_bindgen_test]
    fn names_the_element_that_is_not_finite() {
        let mut out = Vec::new();
        let bytes: Vec<u8> = [1.0f32, f32::NAN].iter().flat_map(|x| x.to_le_bytes()).collect();
        let error = decode_floats(Dtype::F32, &bytes, &mut out, "a.weight", 10).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::NonFinite { name: "a.weight".into(), index: 11 });
        // 0x7f80 is infinity in bfloat16.
        assert!(decode_floats(Dtype::BF16, &[0x80, 0x7f], &mut out, "b", 0).is_err());
        assert!(decode_floats(Dtype::BF16, &[0x80, 0x3f], &mut out, "b", 0).is_ok());
        assert_eq!(out, [1.0]);
        assert!(
            decode_floats(Dtype::from_name("I64").unwrap(), &[0; 8], &mut out, "c", 0).is_err()
        );
    }
}
