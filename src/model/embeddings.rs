//! Word, position and token type embeddings, added and normalised.

use super::config::Config;
use super::norm::Norm;
use super::rows::Rows;
use super::slots::Slot;
use super::tensors::{Parameter, TableName};
use crate::kernels::buffer::Buffer;
use crate::kernels::elementwise::add_scaled;
use crate::kernels::embedding::add_int8_row;
use crate::kernels::padded;
use crate::{Error, ErrorKind};

/// A table of embeddings, one row per id, padded with zeros.
pub struct Table {
    rows: TableRows,
    /// Distance between rows.
    stride: usize,
}

enum TableRows {
    /// With one scale per row and group of `group` elements.
    Int8 {
        values: Buffer<i8>,
        scales: Buffer<f32>,
        group: usize,
    },
    F32(Buffer<f32>),
}

impl Table {
    /// A table of zeros with `count` rows. `group` elements share a scale; `None` makes it float32. Errors
    /// name `name`.
    pub fn zeroed(
        count: usize,
        hidden: usize,
        group: Option<usize>,
        name: &str,
    ) -> Result<Self, Error> {
        let len = count.checked_mul(padded(hidden)).ok_or_else(|| ErrorKind::TooLarge {
            what: name.to_owned(),
            bytes: count as u64 * hidden as u64,
        })?;
        let rows = match group {
            Some(group) => TableRows::Int8 {
                values: Buffer::zeroed(len, name)?,
                scales: Buffer::zeroed(count * hidden.div_ceil(group), name)?,
                group,
            },
            None => TableRows::F32(Buffer::zeroed(len, name)?),
        };
        Ok(Table { rows, stride: padded(hidden) })
    }

    /// Where the table's tensor goes.
    pub fn slot(&mut self) -> Slot<'_> {
        let stride = self.stride;
        match &mut self.rows {
            TableRows::Int8 { values, scales, group } => {
                Slot::Int8Rows { values, stride, scales, group: *group }
            }
            TableRows::F32(values) => Slot::FloatRows { values, stride },
        }
    }

    /// Adds the row of `id`, times `weight`, to `sum`, which has the rows' padded width.
    pub fn add_row(&self, id: usize, weight: f32, sum: &mut [f32]) {
        let (at, width) = (id * sum.len(), sum.len());
        match &self.rows {
            TableRows::Int8 { values, scales, group } => {
                let groups = width.div_ceil(*group);
                let scales = &scales[id * groups..][..groups];
                add_int8_row(sum, &values[at..][..width], scales, *group, weight);
            }
            TableRows::F32(values) => add_scaled(sum, &values[at..][..width], weight),
        }
    }
}

/// The tables that the first hidden states are read from, and the layer norm after them.
pub struct Embeddings {
    words: Table,
    positions: Table,
    types: Table,
    /// After the sum of the three.
    pub norm: Norm,
    /// One row of zeros, the residual that the first layer norm lacks.
    zeros: Buffer<f32>,
    padding: Option<usize>,
    /// Whether positions have a table.
    placed: bool,
    type_count: usize,
}

impl Embeddings {
    /// Tables of zeros. `group` says how many elements of a table's row share a scale; `None` means that
    /// the table is float32.
    pub fn zeroed(config: &Config, group: fn(Parameter) -> Option<usize>) -> Result<Self, Error> {
        let table = |count, table, name| {
            Table::zeroed(count, config.hidden, group(Parameter::Embedding(table)), name)
        };
        let positions = if config.rotary.is_some() { 0 } else { config.positions };
        Ok(Embeddings {
            words: table(config.vocabulary, TableName::Words, "the word embeddings")?,
            positions: table(positions, TableName::Positions, "the position embeddings")?,
            types: table(config.types, TableName::Types, "the token type embeddings")?,
            norm: Norm::zeroed(config, "the embeddings' layer norm")?,
            zeros: Buffer::zeroed(padded(config.hidden), "the embeddings")?,
            padding: config.padding,
            placed: positions > 0,
            type_count: config.types,
        })
    }

    /// A row of zeros.
    pub fn zeros(&self) -> &[f32] {
        &self.zeros
    }

    /// The table of this name.
    pub fn table(&mut self, name: TableName) -> &mut Table {
        match name {
            TableName::Words => &mut self.words,
            TableName::Positions => &mut self.positions,
            TableName::Types => &mut self.types,
            TableName::Distances => unreachable!("distances belong to attention"),
        }
    }

    /// Fills one row of `out` for each of `ids`, a text's word pieces from its first on. `types`
    /// are their token types, or nothing where all are 0; a model with fewer takes its last one.
    pub fn forward(&self, ids: &[u32], types: &[u8], out: &mut Rows, first_row: usize) {
        let mut next = self.padding.map_or(0, |padding| padding + 1);
        for (index, &id) in ids.iter().enumerate() {
            let row = out.row_mut(first_row + index);
            row.fill(0.0);
            self.words.add_row(id as usize, 1.0, row);
            // A padding token that is part of a text has a position of its own, as in transformers.
            let position = match self.padding {
                Some(padding) if padding == id as usize => padding,
                _ => {
                    next += 1;
                    next - 1
                }
            };
            if self.placed {
                self.positions.add_row(position, 1.0, row);
            }
            if let Some(last) = self.type_count.checked_sub(1) {
                let kind = types.get(index).map_or(0, |&kind| usize::from(kind));
                self.types.add_row(kind.min(last), 1.0, row);
            }
            self.norm.apply(row, &self.zeros);
        }
    }
}
