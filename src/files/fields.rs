//! Checked access to the fields of a model's JSON files.

use super::json::{Json, Object, Texts};
use crate::{Error, ErrorKind};

/// Longer values are cut where an error shows them.
const SHOWN: usize = 200;

/// One JSON object, with its file and the path to it for errors.
pub struct Fields<'a> {
    /// The file's name, for errors.
    pub file: &'a str,
    path: String,
    object: &'a Object,
}

/// Reads the file of that name where there is one.
pub fn read(files: &Texts, file: &str) -> Result<Option<Json>, Error> {
    files.get(file).map(|text| parse(text, file)).transpose()
}

/// Reads the file of that name.
pub fn needed(files: &Texts, file: &str) -> Result<Json, Error> {
    read(files, file)?.ok_or_else(|| ErrorKind::MissingFile { file: file.to_owned() }.into())
}

/// Reads the text of `file`.
pub fn parse(text: &str, file: &str) -> Result<Json, Error> {
    Json::parse(text)
        .map_err(|error| Error::field(file, "JSON", &format!("can't be read: {error}")))
}

impl<'a> Fields<'a> {
    /// The fields of a file, which must be an object.
    pub fn root(value: &'a Json, file: &'a str) -> Result<Self, Error> {
        match value {
            Json::Object(object) => Ok(Fields { file, path: String::new(), object }),
            _ => Err(Error::field(file, "JSON", "is not an object")),
        }
    }

    /// The field, unless it is missing or null.
    pub fn get(&self, name: &str) -> Option<&'a Json> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Whether the field is missing or null.
    pub fn is_null(&self, name: &str) -> bool {
        self.get(name).is_none()
    }

    /// The fields of an object.
    pub fn object(&self, name: &str) -> Result<Self, Error> {
        self.nested(name.to_owned(), self.field(name)?)
    }

    /// The items of an array.
    pub fn array(&self, name: &str) -> Result<&'a [Json], Error> {
        self.field(name)?.as_array().ok_or_else(|| self.wrong(name, "is not an array"))
    }

    /// An element of the array `name` that is an object.
    pub fn item(&self, name: &str, value: &'a Json, index: usize) -> Result<Self, Error> {
        self.nested(format!("{name}[{index}]"), value)
    }

    fn nested(&self, name: String, value: &'a Json) -> Result<Self, Error> {
        match value {
            Json::Object(object) => Ok(Fields { file: self.file, path: self.at(&name), object }),
            _ => Err(self.wrong(&name, "is not an object")),
        }
    }

    /// The text of a string.
    pub fn string(&self, name: &str) -> Result<&'a str, Error> {
        self.field(name)?.as_str().ok_or_else(|| self.wrong(name, "is not a string"))
    }

    /// The text of a string that may be missing or null.
    pub fn optional_string(&self, name: &str) -> Result<Option<&'a str>, Error> {
        self.get(name).map(|_| self.string(name)).transpose()
    }

    /// The value of a boolean.
    pub fn flag(&self, name: &str) -> Result<bool, Error> {
        self.field(name)?.as_bool().ok_or_else(|| self.wrong(name, "is neither true nor false"))
    }

    /// A flag that may be missing or null.
    pub fn option(&self, name: &str) -> Result<Option<bool>, Error> {
        self.get(name).map(|_| self.flag(name)).transpose()
    }

    /// A whole number from 0 on.
    pub fn number(&self, name: &str) -> Result<usize, Error> {
        let number = self.field(name)?.as_u64().and_then(|number| usize::try_from(number).ok());
        number.ok_or_else(|| self.wrong(name, "is not a whole number of 32 bits"))
    }

    /// A whole number from 1 to 2³¹ - 1.
    pub fn count(&self, name: &str) -> Result<usize, Error> {
        let value = self.field(name)?;
        match value.as_u64() {
            Some(n) if (1..=i32::MAX as u64).contains(&n) => Ok(n as usize),
            _ => {
                let value = shown(value);
                Err(self
                    .wrong(name, &format!("is {value}, not a whole number from 1 to {}", i32::MAX)))
            }
        }
    }

    /// A whole number from 1 to 2³¹ - 1 that may be missing or null.
    pub fn optional_count(&self, name: &str) -> Result<Option<usize>, Error> {
        self.get(name).map(|_| self.count(name)).transpose()
    }

    /// A number that may be missing or null.
    pub fn optional_float(&self, name: &str) -> Result<Option<f64>, Error> {
        let float =
            |value: &Json| value.as_f64().ok_or_else(|| self.wrong(name, "is not a number"));
        self.get(name).map(float).transpose()
    }

    /// An object whose values are strings; those that are null are left out.
    pub fn optional_strings(&self, name: &str) -> Result<Texts, Error> {
        if self.is_null(name) { Ok(Texts::default()) } else { self.object(name)?.strings() }
    }

    /// All fields, which must be strings; those that are null are left out.
    pub fn strings(&self) -> Result<Texts, Error> {
        let named = self.entries().filter(|(_, value)| !value.is_null());
        named.map(|(name, _)| Ok((name.to_owned(), self.string(name)?.to_owned()))).collect()
    }

    /// All fields, in their order.
    pub fn entries(&self) -> impl Iterator<Item = (&'a str, &'a Json)> {
        self.object.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many fields there are.
    pub fn size(&self) -> usize {
        self.object.len()
    }

    /// Refuses the object unless its `type` is `expected`.
    pub fn kind(&self, expected: &str) -> Result<(), Error> {
        if self.string("type")? == expected { Ok(()) } else { Err(self.unsupported("type")) }
    }

    fn field(&self, name: &str) -> Result<&'a Json, Error> {
        self.object.get(name).ok_or_else(|| self.wrong(name, "is missing"))
    }

    fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The error for a field that is not what it must be.
    #[cold]
    pub fn wrong(&self, name: &str, reason: &str) -> Error {
        Error::field(self.file, &self.at(name), reason)
    }

    /// The error for a field whose value asks for what is not done here.
    #[cold]
    pub fn unsupported(&self, name: &str) -> Error {
        let value = self.object.get(name).unwrap_or(&Json::Null);
        Error::unsupported(self.file, &self.at(name), &shown(value))
    }
}

/// Whether `path`, as Python imports it, is that of a class of this name in a package.
pub fn is_class(path: &str, package: &str, class: &str) -> bool {
    let rest = path.strip_suffix(class);
    rest.is_some_and(|rest| rest.starts_with(package) && rest.ends_with('.'))
}

fn shown(value: &Json) -> String {
    let mut text = match value {
        Json::String(text) => format!("`{text}`"),
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "an object".to_owned(),
        Json::Number(_) | Json::Bool(_) | Json::Null => value.to_string(),
    };
    if text.len() > SHOWN {
        text.truncate((0..=SHOWN).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0));
        text.push('…');
    }
    text
}
