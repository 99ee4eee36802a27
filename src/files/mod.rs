//! The small JSON files beside a model's weights.
//!
//! [`names`] has what they are called; [`json`] reads and writes values, whose names [`hashing`] finds,
//! [`fields`] gives checked access to them with paths for errors, and [`settings`] are what several of the
//! files say together.

pub mod fields;
pub mod hashing;
pub mod json;
pub mod names;
pub mod settings;
