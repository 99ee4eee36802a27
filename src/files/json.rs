//! JSON values: `serde_json` reads and writes them, in the order of the file.

use super::hashing::SeededState;
use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::ser::{Formatter, Serializer as Writer};
use std::{fmt, io};

/// An object's values by their names, in the order in which they came. Of equal names, the last one counts.
pub type Object = IndexMap<String, Json, SeededState>;

/// Texts by their names, in the order in which they came: a model's files, its prompts, the metadata of a
/// weights file.
pub type Texts = IndexMap<String, String, SeededState>;

/// A JSON value. Numbers are float64, as they are in JavaScript.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(Object),
}

impl Json {
    /// Parses a text, or says why it is not JSON.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// An object of these entries.
    pub fn object(entries: Vec<(&str, Json)>) -> Self {
        Json::Object(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// An array of these items.
    pub fn array(items: impl IntoIterator<Item = impl Into<Json>>) -> Self {
        Json::Array(items.into_iter().map(Into::into).collect())
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    /// The value of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Json::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The value of a number.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Json::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The value of a whole number that float64 holds exactly.
    pub fn as_u64(&self) -> Option<u64> {
        const LARGEST: f64 = 9_007_199_254_740_991.0;
        let number = self.as_f64()?;
        (number.trunc() == number && (0.0..=LARGEST).contains(&number)).then_some(number as u64)
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The items of an array.
    pub fn as_array(&self) -> Option<&[Json]> {
        match self {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of an object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }
}

/// Writes the value without spaces and in its own order, so that equal values give equal texts.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        let mut serializer = Writer::with_formatter(&mut text, HostNumbers);
        self.serialize(&mut serializer).map_err(|_| fmt::Error)?;
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// Writes fractions as `JSON.stringify` does: the shortest text that reads back the same. The host can do
/// that already; serde_json's own tables for it are 10 KB that do not compress.
struct HostNumbers;

impl Formatter for HostNumbers {
    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, number: f64) -> io::Result<()> {
        let text = js_sys::Number::from(number).to_string_with_radix(10);
        let text = text.map_err(|_| io::ErrorKind::InvalidInput)?;
        writer.write_all(String::from(text).as_bytes())
    }
}

impl From<bool> for Json {
    fn from(flag: bool) -> Self {
        Json::Bool(flag)
    }
}

impl From<f64> for Json {
    fn from(number: f64) -> Self {
        Json::Number(number)
    }
}

impl From<u32> for Json {
    fn from(number: u32) -> Self {
        Json::Number(f64::from(number))
    }
}

impl From<usize> for Json {
    fn from(number: usize) -> Self {
        Json::Number(number as f64)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Json::String(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Json::String(text)
    }
}

/// `None` becomes `null`.
impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Json::Null, Into::into)
    }
}

impl From<&Texts> for Json {
    fn from(texts: &Texts) -> Self {
        Json::object(
            texts.iter().map(|(name, text)| (name.as_str(), text.as_str().into())).collect(),
        )
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(flag) => serializer.serialize_bool(*flag),
            Json::Number(number) => match self.as_u64() {
                Some(whole) => serializer.serialize_u64(whole),
                None => serializer.serialize_f64(*number),
            },
            Json::String(text) => serializer.serialize_str(text),
            Json::Array(items) => serializer.collect_seq(items),
            Json::Object(object) => serializer.collect_map(object),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values;

        impl<'de> Visitor<'de> for Values {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E: Error>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<Json, E> {
                Ok(Json::Bool(flag))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Json, E> {
                Ok(Json::Number(number as f64))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Json, E> {
                Ok(Json::Number(number as f64))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Json, E> {
                Ok(Json::Number(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
                Ok(Json::String(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                let mut array = Vec::new();
                while let Some(item) = items.next_element()? {
                    array.push(item);
                }
                Ok(Json::Array(array))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
                // Once their number is known, the map is made in one go: vocabularies have many thousands.
                let mut all = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    all.push(entry);
                }
                Ok(Json::Object(all.into_iter().collect()))
            }
        }

        deserializer.deserialize_any(Values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn reads_and_writes_every_kind() {
        let text = r#" {"b": [1, -2.5, 1e-12, true, null], "a": {"\u00e9\"\\\u0001\n": ""}, "__proto__": 1} "#;
        let value = Json::parse(text).unwrap();
        let object = value.as_object().unwrap();
        assert_eq!(object["b"].as_array().unwrap().len(), 5);
        assert_eq!(object["b"].as_array().unwrap()[0].as_u64(), Some(1));
        assert_eq!(object["__proto__"].as_f64(), Some(1.0));

        let made = Json::object(vec![
            (
                "b",
                Json::Array(vec![
                    1usize.into(),
                    (-2.5).into(),
                    1e-12.into(),
                    true.into(),
                    None::<bool>.into(),
                ]),
            ),
            ("a", Json::object(vec![("é\"\\\u{1}\n", "".into())])),
            ("__proto__", 1u32.into()),
        ]);
        assert_eq!(made, value);
        let written = r#"{"b":[1,-2.5,1e-12,true,null],"a":{"é\"\\\u0001\n":""},"__proto__":1}"#;
        assert_eq!(made.to_string(), written);
        assert_eq!(Json::parse(written), Ok(value));
    }

    #[wasm_bindgen_test]
    fn of_equal_names_the_last_one_counts() {
        let value = Json::parse(r#"{"b":1,"a":2,"b":3}"#).unwrap();
        let entries = value.as_object().unwrap().iter();
        let entries: Vec<_> =
            entries.map(|(name, value)| (name.as_str(), value.as_u64())).collect();
        assert_eq!(entries, [("b", Some(3)), ("a", Some(2))]);
    }

    #[wasm_bindgen_test]
    fn whole_numbers_only_count_as_such() {
        for (text, whole) in [
            ("7", Some(7)),
            ("7.0", Some(7)),
            ("0", Some(0)),
            ("9007199254740991", Some(9_007_199_254_740_991)),
            ("9007199254740993", None),
            ("-1", None),
            ("1.5", None),
            ("1e300", None),
            ("\"1\"", None),
        ] {
            assert_eq!(Json::parse(text).unwrap().as_u64(), whole, "{text}");
        }
    }

    #[wasm_bindgen_test]
    fn refuses_what_is_not_json() {
        let bad = [
            "",
            "{",
            "[1,]",
            "{'a':1}",
            "nul",
            "\u{feff}{}",
            "{} {}",
            "1e400",
            "NaN",
            r#""\ud800""#,
        ];
        for text in bad {
            assert!(Json::parse(text).is_err(), "{text}");
        }
        assert!(Json::parse(&("[".repeat(60) + &"]".repeat(60))).is_ok());
        for depth in [200, 100_000] {
            assert!(Json::parse(&("[".repeat(depth) + &"]".repeat(depth))).is_err());
            assert!(Json::parse(&"[".repeat(depth)).is_err());
        }
    }
}
