//! JSON values.
//!
//! The host's own `JSON.parse` reads them: a parser in Rust, with what it pulls in, would take
//! 60 KB of the 200 KB that the whole engine may have.

use super::entries::Entries;
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

/// JSON as text: without spaces and in the order in which it is told, so that equal values give
/// equal texts. Its functions are small and never inlined, which makes what calls them small too.
#[derive(Default)]
pub struct JsonText(String);

impl JsonText {
    /// Begins an object or a list; [`Self::close`] ends it.
    #[inline(never)]
    pub fn open(&mut self, bracket: char) -> &mut Self {
        self.separate();
        self.0.push(bracket);
        self
    }

    pub fn close(&mut self, bracket: char) {
        self.0.push(bracket);
    }

    /// The name of the value that comes next.
    #[inline(never)]
    pub fn key(&mut self, name: &str) -> &mut Self {
        self.string(name);
        self.0.push(':');
        self
    }

    #[inline(never)]
    pub fn string(&mut self, text: &str) {
        self.separate();
        self.0.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => {
                    self.0.push('\\');
                    self.0.push(c);
                }
                '\0'..='\x1f' => {
                    const DIGITS: &[u8; 16] = b"0123456789abcdef";
                    self.0 += "\\u00";
                    for digit in [c as usize >> 4, c as usize & 15] {
                        self.0.push(char::from(DIGITS[digit]));
                    }
                }
                _ => self.0.push(c),
            }
        }
        self.0.push('"');
    }

    /// As `JSON.stringify` writes numbers: the shortest text that reads back the same.
    #[inline(never)]
    pub fn float(&mut self, number: f64) {
        self.separate();
        let text = js_sys::Number::from(number).to_string_with_radix(10);
        self.0 += &text.map_or_else(|_| String::new(), String::from);
    }

    pub fn number(&mut self, number: usize) {
        self.float(number as f64);
    }

    #[inline(never)]
    pub fn flag(&mut self, flag: Option<bool>) {
        self.separate();
        self.0 += match flag {
            Some(true) => "true",
            Some(false) => "false",
            None => "null",
        };
    }

    /// An entry of an object.
    #[inline(never)]
    pub fn text_entry(&mut self, name: &str, text: &str) {
        self.key(name).string(text);
    }

    #[inline(never)]
    pub fn number_entry(&mut self, name: &str, number: usize) {
        self.key(name).number(number);
    }

    #[inline(never)]
    pub fn flag_entry(&mut self, name: &str, flag: bool) {
        self.key(name).flag(Some(flag));
    }

    /// An object of strings.
    pub fn strings(&mut self, strings: &Entries<String>) {
        self.open('{');
        for (name, text) in strings.iter() {
            self.text_entry(name, text);
        }
        self.close('}');
    }

    /// What was written.
    pub fn take(self) -> String {
        self.0
    }

    fn separate(&mut self) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'[' | b'{' | b':')) {
            self.0.push(',');
        }
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
        assert_eq!(object.get("b").unwrap().as_array().unwrap().len(), 5);
        assert_eq!(object.get("b").unwrap().as_array().unwrap()[0].as_u64(), Some(1));
        assert_eq!(object.get("__proto__").unwrap().as_f64(), Some(1.0));

        let mut text = JsonText::default();
        text.open('{').key("b").open('[');
        text.number(1);
        text.float(-2.5);
        text.float(1e-12);
        text.flag(Some(true));
        text.flag(None);
        text.close(']');
        text.key("a").open('{').text_entry("é\"\\\u{1}\n", "");
        text.close('}');
        text.number_entry("__proto__", 1);
        text.close('}');
        let written =
            r#"{"b":[1,-2.5,1e-12,true,null],"a":{"é\"\\\u0001\u000a":""},"__proto__":1}"#;
        assert_eq!(text.0, written);
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
