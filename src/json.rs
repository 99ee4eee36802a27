//! JSON values.
//!
//! The host's own `JSON.parse` reads them: a parser in Rust, with what it pulls in, would take
//! 60 KB of the 200 KB that the whole engine may have.

use crate::entries::Entries;
use std::fmt::{self, Display, Formatter, Write};
use wasm_bindgen::{JsCast, JsValue};

/// Deeper nesting is refused, since reading it would exhaust the stack. Model files have some ten
/// levels.
const MAX_DEPTH: usize = 64;

pub type Object = Entries<Json>;

#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(f64),
    String(String),
    Array(Vec<Json>),
    Object(Object),
}

impl Json {
    /// Reads a text, or says why it is no JSON.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value = js_sys::JSON::parse(text).map_err(|thrown| {
            let error = thrown.dyn_into::<js_sys::Error>();
            error.map_or_else(|_| String::new(), |error| String::from(error.message()))
        })?;
        Json::from_js(value, MAX_DEPTH)
    }

    /// An object of these entries.
    pub fn object(entries: Vec<(&str, Json)>) -> Self {
        let mut object = Object::default();
        for (key, value) in entries {
            object.push(key.to_owned(), value);
        }
        Json::Object(object)
    }

    fn from_js(value: JsValue, depth: usize) -> Result<Self, String> {
        if depth == 0 {
            return Err(format!("more than {MAX_DEPTH} levels are nested"));
        }
        if let Some(text) = value.as_string() {
            return Ok(Json::String(text));
        }
        if let Some(number) = value.as_f64() {
            return Ok(Json::Number(number));
        }
        if let Some(flag) = value.as_bool() {
            return Ok(Json::Bool(flag));
        }
        if js_sys::Array::is_array(&value) {
            let mut items = Vec::new();
            for item in value.unchecked_into::<js_sys::Array>().iter() {
                items.push(Json::from_js(item, depth - 1)?);
            }
            return Ok(Json::Array(items));
        }
        if value.is_object() {
            let mut object = Object::default();
            for entry in js_sys::Object::entries(value.unchecked_ref()).iter() {
                let entry: js_sys::Array = entry.unchecked_into();
                let key = entry.get(0).as_string().unwrap_or_default();
                object.push(key, Json::from_js(entry.get(1), depth - 1)?);
            }
            return Ok(Json::Object(object));
        }
        Ok(Json::Null)
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Json::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Json::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A whole number that float64 holds exactly.
    pub fn as_u64(&self) -> Option<u64> {
        const LARGEST: f64 = 9_007_199_254_740_991.0;
        let number = self.as_f64()?;
        (number.trunc() == number && (0.0..=LARGEST).contains(&number)).then_some(number as u64)
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_array(&self) -> Option<&[Json]> {
        match self {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }
}

impl From<bool> for Json {
    fn from(flag: bool) -> Self {
        Json::Bool(flag)
    }
}

impl From<Option<bool>> for Json {
    fn from(flag: Option<bool>) -> Self {
        flag.map_or(Json::Null, Json::Bool)
    }
}

impl From<usize> for Json {
    fn from(number: usize) -> Self {
        Json::Number(number as f64)
    }
}

impl From<f64> for Json {
    fn from(number: f64) -> Self {
        Json::Number(number)
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Json::String(text)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Json::String(text.to_owned())
    }
}

impl From<Vec<Json>> for Json {
    fn from(items: Vec<Json>) -> Self {
        Json::Array(items)
    }
}

impl From<&Entries<String>> for Json {
    fn from(strings: &Entries<String>) -> Self {
        let mut object = Object::default();
        for (key, value) in strings.iter() {
            object.push(key.to_owned(), value.as_str().into());
        }
        Json::Object(object)
    }
}

/// Writes the value without spaces and keys in their order, so that equal values give equal texts.
impl Display for Json {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(flag) => f.write_str(if *flag { "true" } else { "false" }),
            // As `JSON.stringify` writes numbers: the shortest text that reads back the same.
            Json::Number(number) => {
                let text = js_sys::Number::from(*number).to_string_with_radix(10);
                f.write_str(&String::from(text.map_err(|_| fmt::Error)?))
            }
            Json::String(text) => write_string(text, f),
            Json::Array(items) => {
                f.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    separate(index, f)?;
                    item.fmt(f)?;
                }
                f.write_char(']')
            }
            Json::Object(object) => {
                f.write_char('{')?;
                for (index, (key, value)) in object.iter().enumerate() {
                    separate(index, f)?;
                    write_string(key, f)?;
                    f.write_char(':')?;
                    value.fmt(f)?;
                }
                f.write_char('}')
            }
        }
    }
}

fn separate(index: usize, f: &mut Formatter<'_>) -> fmt::Result {
    if index > 0 {
        f.write_char(',')?;
    }
    Ok(())
}

fn write_string(text: &str, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                f.write_char('\\')?;
                f.write_char(c)?;
            }
            '\0'..='\x1f' => write!(f, "\\u{:04x}", c as u32)?,
            _ => f.write_char(c)?,
        }
    }
    f.write_char('"')
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
        assert_eq!(object.get("b").unwrap().as_array().unwrap().len(), 5);
        assert_eq!(object.get("b").unwrap().as_array().unwrap()[0].as_u64(), Some(1));
        assert_eq!(object.get("__proto__").unwrap().as_f64(), Some(1.0));
        let written =
            r#"{"b":[1,-2.5,1e-12,true,null],"a":{"é\"\\\u0001\u000a":""},"__proto__":1}"#;
        assert_eq!(value.to_string(), written);
        assert_eq!(Json::parse(written).unwrap(), value);
    }

    #[wasm_bindgen_test]
    fn whole_numbers_only_count_as_such() {
        for (text, whole) in [
            ("7", Some(7)),
            ("0", Some(0)),
            ("9007199254740991", Some(9_007_199_254_740_991)),
            ("9007199254740993", None),
            ("-1", None),
            ("1.5", None),
            ("1e400", None),
            ("\"1\"", None),
        ] {
            assert_eq!(Json::parse(text).unwrap().as_u64(), whole, "{text}");
        }
    }

    #[wasm_bindgen_test]
    fn refuses_what_is_no_json() {
        for text in ["", "{", "[1,]", "{'a':1}", "nul", "\u{feff}{}", "{} {}"] {
            assert!(Json::parse(text).is_err(), "{text}");
        }
        assert!(Json::parse(&("[".repeat(60) + &"]".repeat(60))).is_ok());
        for depth in [65, 100_000] {
            assert!(Json::parse(&("[".repeat(depth) + &"]".repeat(depth))).is_err());
        }
    }
}
