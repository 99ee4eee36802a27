//! What the tokenizers know of single characters.

pub mod classes;
mod form_tables;
pub mod forms;
pub mod hangul;
pub mod properties;
mod runs;
mod tables;
