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
    /// Signed integers of 32 bits.
    I32,
    /// Signed integers of 64 bits.
    I64,
    /// IEEE 754 binary64.
    F64,
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
/// The types that a table of a model without layers may have.
pub const TABLES: &[Dtype] = &[Dtype::F32, Dtype::F16, Dtype::BF16, Dtype::I8];
/// The types that its weights of tokens may have.
pub const TOKEN_WEIGHTS: &[Dtype] = &[Dtype::F32, Dtype::F16, Dtype::BF16, Dtype::F64];
/// The types that its numbers of rows may have.
pub const INTEGERS: &[Dtype] = &[Dtype::I32, Dtype::I64];

/// Types that are only skipped: old checkpoints have position ids in I64.
const OTHERS: [(&str, usize); 12] = [
    ("BOOL", 8),
    ("I16", 16),
    ("U16", 16),
    ("U32", 32),
    ("U64", 64),
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
            "I32" => Some(Dtype::I32),
            "I64" => Some(Dtype::I64),
            "F64" => Some(Dtype::F64),
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
            Dtype::I32 => "I32",
            Dtype::I64 => "I64",
            Dtype::F64 => "F64",
            Dtype::Other { name, .. } => name,
        }
    }

    /// Bits of one element.
    pub fn bits(self) -> usize {
        match self {
            Dtype::I64 | Dtype::F64 => 64,
            Dtype::F32 | Dtype::I32 => 32,
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

/// Decodes little-endian `bytes` of a type of numbers into `out`, rounded where float32 is too narrow. A NaN
/// or an infinity is an error that names the tensor and the element, counted from `first`.
pub fn decode_floats(
    dtype: Dtype,
    bytes: &[u8],
    out: &mut Vec<f32>,
    name: &str,
    first: usize,
) -> Result<(), Error> {
    let size = match dtype {
        Dtype::I64 | Dtype::F64 => 8,
        Dtype::F32 | Dtype::I32 => 4,
        Dtype::F16 | Dtype::BF16 => 2,
        Dtype::I8 => 1,
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
            (Dtype::I32, &[a, b, c, d]) => i32::from_le_bytes([a, b, c, d]) as f32,
            (Dtype::I8, &[a]) => f32::from(a as i8),
            (Dtype::I64, _) => {
                bytes.first_chunk().map_or(0.0, |&eight| i64::from_le_bytes(eight) as f32)
            }
            (Dtype::F64, _) => {
                bytes.first_chunk().map_or(0.0, |&eight| f64::from_le_bytes(eight) as f32)
            }
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
            decode_floats(Dtype::from_name("U64").unwrap(), &[0; 8], &mut out, "c", 0).is_err()
        );
    }

    #[wasm_bindgen_test]
    fn integers_and_doubles_become_float32() {
        let mut out = Vec::new();
        let mut decoded = |dtype, bytes: &[u8]| {
            decode_floats(dtype, bytes, &mut out, "a", 0).map(|()| out.clone())
        };
        assert_eq!(decoded(Dtype::I8, &[0x80, 127]), Ok(vec![-128.0, 127.0]));
        assert_eq!(decoded(Dtype::I32, &(-70_000i32).to_le_bytes()), Ok(vec![-70_000.0]));
        assert_eq!(decoded(Dtype::I64, &276_325i64.to_le_bytes()), Ok(vec![276_325.0]));
        assert_eq!(decoded(Dtype::F64, &0.1f64.to_le_bytes()), Ok(vec![0.1]));
        assert!(decoded(Dtype::F64, &1e300f64.to_le_bytes()).is_err());
    }
}
