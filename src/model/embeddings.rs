//! Word, position and token type embeddings, added and normalised.

use super::config::Config;
use super::norm::Norm;
use super::precision::Precision;
use super::rows::Activations;
use super::tensors::{int8_group, Place, TableName};
use crate::kernels::buffer::Buffer;
use crate::kernels::elementwise::add_scaled;
use crate::kernels::embedding::add_int8_row;
use crate::kernels::padded;
use crate::{Error, ErrorKind};

/// A table of embeddings, one row per id, padded with zeros.
pub enum Table {
    /// With one scale per row and group of `group` elements.
    Int8 {
        rows: Buffer<i8>,
        scales: Buffer<f32>,
        group: usize,
    },
    F32 {
        rows: Buffer<f32>,
    },
}

impl Table {
    fn zeroed(
        count: usize,
        hidden: usize,
        group: Option<usize>,
        name: &str,
    ) -> Result<Self, Error> {
        let len = count.checked_mul(padded(hidden)).ok_or_else(|| ErrorKind::TooLarge {
            what: name.to_owned(),
            bytes: count as u64 * hidden as u64,
        })?;
        Ok(match group {
            Some(group) => Table::Int8 {
                rows: Buffer::zeroed(len, name)?,
                scales: Buffer::zeroed(count * hidden.div_ceil(group), name)?,
                group,
            },
            None => Table::F32 { rows: Buffer::zeroed(len, name)? },
        })
    }

    /// Adds the row of `id` to `sum`, which has the rows' padded width.
    fn add_row(&self, id: usize, sum: &mut [f32]) {
        let (at, width) = (id * sum.len(), sum.len());
        match self {
            Table::Int8 { rows, scales, group } => {
                let groups = width.div_ceil(*group);
                let scales = &scales[id * groups..][..groups];
                add_int8_row(sum, &rows[at..][..width], scales, *group);
            }
            Table::F32 { rows } => add_scaled(sum, &rows[at..][..width], 1.0),
        }
    }
}

pub struct Embeddings {
    pub words: Table,
    pub positions: Table,
    pub types: Table,
    pub norm: Norm,
    /// One row of zeros, the residual that the first layer norm lacks.
    zeros: Buffer<f32>,
    padding: Option<usize>,
    type_count: usize,
}

impl Embeddings {
    pub fn zeroed(config: &Config, precision: Precision) -> Result<Self, Error> {
        let table = |count, table, name| {
            let group = match precision {
                Precision::Int8 => int8_group(Place::Embedding(table)),
                Precision::F32 => None,
            };
            Table::zeroed(count, config.hidden, group, name)
        };
        Ok(Embeddings {
            words: table(config.vocabulary, TableName::Words, "the word embeddings")?,
            positions: table(config.positions, TableName::Positions, "the position embeddings")?,
            types: table(config.types, TableName::Types, "the token type embeddings")?,
            norm: Norm::zeroed(config, "the embeddings' layer norm")?,
            zeros: Buffer::zeroed(padded(config.hidden), "the embeddings")?,
            padding: config.padding,
            type_count: config.types,
        })
    }

    /// Fills one row of `out` for each of `ids`, a text's word pieces from its first on. `types`
    /// are their token types, or nothing where all are 0; a model with fewer takes its last one.
    pub fn forward(
        &self,
        ids: &[u32],
        types: &[u8],
        precision: Precision,
        out: &mut Activations,
        first_row: usize,
    ) {
        let mut next = self.padding.map_or(0, |padding| padding + 1);
        for (index, &id) in ids.iter().enumerate() {
            let row = out.row_mut(first_row + index);
            row.fill(0.0);
            self.words.add_row(id as usize, row);
            // A padding token that is part of a text has a position of its own, as in transformers.
            let position = match self.padding {
                Some(padding) if padding == id as usize => padding,
                _ => {
                    next += 1;
                    next - 1
                }
            };
            self.positions.add_row(position, row);
            if let Some(last) = self.type_count.checked_sub(1) {
                let kind = types.get(index).map_or(0, |&kind| usize::from(kind));
                self.types.add_row(kind.min(last), row);
            }
            let max = self.norm.kernel().add_and_normalize(row, &self.zeros);
            if precision == Precision::Int8 {
                out.quantize(first_row + index, max);
            }
        }
    }
}
