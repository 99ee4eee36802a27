//! The entropy code of compact model files: rows of int8 values, each with a step between them.
//!
//! Rows are coded in blocks. Each block is complete in itself, so that it is decoded as soon as its
//! bytes have arrived, and nothing of it has to be kept. What all blocks share is a small set of
//! [`tables`] of frequencies. A [`block`] starts with a [`step`] and a class for every row; the
//! class names the table for the row's values. The coder under it, [`rans`], has eight states that
//! take turns, which hides the latency of each.
//!
//! The engine links the way in ([`block::decode`]); only the packer links the way out
//! ([`encode`]). Nothing here is `unsafe`, and no input makes the decoder panic.

#![forbid(unsafe_code)]

pub mod block;
mod checksum;
pub mod encode;
pub mod rans;
pub mod step;
pub mod tables;
#[cfg(test)]
mod testing;

/// Why bytes are no block or no set of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// They end before their content does.
    TooShort,
    /// They are read on past their content.
    TooLong,
    /// A table's frequencies do not add up to [`rans::TOTAL`], or its symbols pass 255.
    Table,
    /// A row has a class for which there is no table.
    Class,
    /// The values are not those that were coded.
    Checksum,
}

impl Damage {
    /// What is wrong, to follow the name of what it is wrong with.
    pub fn reason(self) -> &'static str {
        match self {
            Damage::TooShort => "is damaged: it ends early",
            Damage::TooLong => "is damaged: it does not end where its content does",
            Damage::Table => "is damaged: its frequencies do not add up",
            Damage::Class => "is damaged: a row has a class without a table",
            Damage::Checksum => "is damaged: its checksum differs",
        }
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
