//! What the tokenizers know of single characters.

pub mod classes;
mod tables;
