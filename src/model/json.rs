//! Checked access to the fields of a model's JSON files.

use crate::Error;
use serde_json::Value;
use std::collections::BTreeMap;

/// One JSON object and the file that it came from, for error messages.
pub struct Fields<'a> {
    pub file: &'a str,
    value: Value,
}

impl<'a> Fields<'a> {
    pub fn parse(file: &'a str, text: &str) -> Result<Self, Error> {
        let value: Value = serde_json::from_str(text)
            .map_err(|e| Error::field(file, "JSON", format!("does not parse: {e}")))?;
        if !value.is_object() {
            return Err(Error::field(file, "JSON", "is not an object"));
        }
        Ok(Fields { file, value })
    }

    /// The field, unless it is missing or null.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.value.get(name).filter(|v| !v.is_null())
    }

    /// A whole number from 1 to 2³¹ - 1.
    pub fn count(&self, name: &str) -> Result<usize, Error> {
        let value = self.get(name).ok_or_else(|| Error::field(self.file, name, "is missing"))?;
        match value.as_u64() {
            Some(n) if (1..=i32::MAX as u64).contains(&n) => Ok(n as usize),
            _ => Err(self.wrong(name, value, "a whole number from 1 to 2147483647")),
        }
    }

    pub fn optional_count(&self, name: &str) -> Result<Option<usize>, Error> {
        self.get(name).map(|_| self.count(name)).transpose()
    }

    pub fn optional_number(&self, name: &str) -> Result<Option<f64>, Error> {
        self.optional(name, "a number", Value::as_f64)
    }

    pub fn optional_string(&self, name: &str) -> Result<Option<&str>, Error> {
        self.optional(name, "a string", Value::as_str)
    }

    pub fn flag(&self, name: &str) -> Result<bool, Error> {
        Ok(self.optional(name, "true or false", Value::as_bool)?.unwrap_or(false))
    }

    /// An object whose values are strings; those that are null are left out.
    pub fn strings(&self, name: &str) -> Result<BTreeMap<String, String>, Error> {
        let object = self.optional(name, "an object", Value::as_object)?;
        let entries = object.into_iter().flatten().filter(|(_, value)| !value.is_null());
        entries
            .map(|(key, value)| match value.as_str() {
                Some(text) => Ok((key.clone(), text.to_owned())),
                None => Err(self.wrong(&format!("{name}.{key}"), value, "a string")),
            })
            .collect()
    }

    fn optional<'v, T>(
        &'v self,
        name: &str,
        kind: &str,
        read: impl Fn(&'v Value) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        self.get(name)
            .map(|value| read(value).ok_or_else(|| self.wrong(name, value, kind)))
            .transpose()
    }

    fn wrong(&self, name: &str, value: &Value, kind: &str) -> Error {
        let mut shown = value.to_string();
        if shown.len() > 60 {
            shown = shown.chars().take(57).chain("...".chars()).collect();
        }
        Error::field(self.file, name, format!("is {shown}, not {kind}"))
    }
}
