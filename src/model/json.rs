//! Checked access to the fields of a model's JSON files.

use crate::entries::Entries;
use crate::json::{Json, Object};
use crate::Error;

/// One JSON object and the file that it came from, for error messages.
pub struct Fields<'a> {
    pub file: &'a str,
    object: Object,
}

impl<'a> Fields<'a> {
    pub fn parse(file: &'a str, text: &str) -> Result<Self, Error> {
        let value = Json::parse(text)
            .map_err(|e| Error::field(file, "JSON", format!("does not parse: {e}")))?;
        match value {
            Json::Object(object) => Ok(Fields { file, object }),
            _ => Err(Error::field(file, "JSON", "is not an object")),
        }
    }

    /// The field, unless it is missing or null.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.object.get(name).filter(|v| !v.is_null())
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
        self.optional(name, "a number", Json::as_f64)
    }

    pub fn optional_string(&self, name: &str) -> Result<Option<&str>, Error> {
        self.optional(name, "a string", Json::as_str)
    }

    pub fn flag(&self, name: &str) -> Result<bool, Error> {
        Ok(self.optional(name, "true or false", Json::as_bool)?.unwrap_or(false))
    }

    /// An object whose values are strings; those that are null are left out.
    pub fn strings(&self, name: &str) -> Result<Entries<String>, Error> {
        let object = self.optional(name, "an object", Json::as_object)?;
        let mut strings = Entries::default();
        let entries = object.into_iter().flat_map(Object::iter);
        for (key, value) in entries.filter(|(_, value)| !value.is_null()) {
            let text = value.as_str();
            let text =
                text.ok_or_else(|| self.wrong(&format!("{name}.{key}"), value, "a string"))?;
            strings.push(key.to_owned(), text.to_owned());
        }
        Ok(strings)
    }

    fn optional<'v, T>(
        &'v self,
        name: &str,
        kind: &str,
        read: impl Fn(&'v Json) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        self.get(name)
            .map(|value| read(value).ok_or_else(|| self.wrong(name, value, kind)))
            .transpose()
    }

    fn wrong(&self, name: &str, value: &Json, kind: &str) -> Error {
        let mut shown = value.to_string();
        if shown.len() > 60 {
            shown = shown.chars().take(57).chain("...".chars()).collect();
        }
        Error::field(self.file, name, format!("is {shown}, not {kind}"))
    }
}
