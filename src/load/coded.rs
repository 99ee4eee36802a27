//! Reads the coded tensors of a compact file, each block as soon as it is there.

use super::targets::{Target, Targets};
use crate::Error;
use crate::error::shape;
use crate::kernels::dot::Activations;
use crate::model::Model;
use crate::model::tensors::{Parameter, Wanted};
use crate::packed::{BLOCK_SUFFIX, TABLES, scale_dtype};
use crate::weights::dtype::Dtype;
use edgebert_coding::block;
use edgebert_coding::step;
use edgebert_coding::tables::Tables;

/// The blocks of a file whose header has been read.
#[derive(Default)]
pub(super) struct Coded {
    tables: Option<Tables>,
    blocks: Vec<Block>,
}

/// Some rows of one tensor.
struct Block {
    parameter: Parameter,
    first: usize,
    rows: usize,
    width: usize,
    /// Scales of each row.
    groups: usize,
    /// What they all are, by the code of the row's step.
    scale: fn(u8) -> f32,
}

impl Coded {
    /// Expects the blocks of a tensor with rows of `groups` scales each, of a model for `activations`.
    pub fn expect(
        &mut self,
        wanted: &Wanted,
        groups: usize,
        activations: Activations,
        targets: &mut Targets,
    ) -> Result<(), Error> {
        let (&[rows, width], parameter) = (wanted.shape.as_slice(), wanted.parameter) else {
            return Err(Error::state(&format!("`{}` is no matrix", wanted.name)));
        };
        let scale = match scale_dtype(parameter, activations) {
            Dtype::BF16 => step::bfloat16,
            _ => step::value,
        };
        let each = block::rows_per_block(width);
        for (number, first) in (0..rows).step_by(each).enumerate() {
            let rows = each.min(rows - first);
            let block = Block { parameter, first, rows, width, groups, scale };
            let name = format!("{}{BLOCK_SUFFIX}{number}", wanted.name);
            let bounds = block::length_bounds(block.rows, width);
            targets.add_bytes(&name, bounds, Target::Block(self.blocks.len()))?;
            self.blocks.push(block);
        }
        Ok(())
    }

    /// The tables that all blocks share; they precede the blocks.
    pub fn set_tables(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let tables = Tables::read(bytes);
        self.tables = Some(tables.map_err(|damage| damaged(TABLES, damage.reason()))?);
        Ok(())
    }

    /// Decodes block `index`, which the file calls `name`, into the model.
    pub fn decode(
        &self,
        index: usize,
        name: &str,
        bytes: &[u8],
        model: &mut Model,
    ) -> Result<(), Error> {
        let &Block { parameter, first, rows, width, groups, scale } = &self.blocks[index];
        let Some(tables) = &self.tables else {
            return Err(damaged(name, &format!("lies in front of `{TABLES}`")));
        };
        let mut slot = model.slot(parameter);
        let mut scales = vec![0.0; groups];
        let row = |row: usize, code: u8, values: &[i8]| {
            scales.fill(scale(code));
            slot.put_int8(first + row, values);
            slot.put_scales(first + row, &scales);
        };
        block::decode(tables, bytes, rows, width, row)
            .map_err(|damage| damaged(name, damage.reason()))
    }
}

fn damaged(tensor: &str, reason: &str) -> Error {
    Error::field("the compact file", tensor, reason)
}

impl Targets<'_> {
    /// Expects a plain run of bytes, at least and at most as many as `bounds` say.
    pub fn add_bytes(
        &mut self,
        name: &str,
        bounds: (usize, usize),
        target: Target,
    ) -> Result<(), Error> {
        let (index, entry) = self.find(name, &[Dtype::U8])?;
        match entry.shape.as_slice() {
            &[length] if bounds.0 <= length && length <= bounds.1 => {}
            _ => {
                let (least, most) = bounds;
                let found = shape(&entry.shape);
                let reason = format!("has shape {found}, not one side of {least} to {most}");
                return Err(damaged(name, &reason));
            }
        }
        self.targets[index].push(target);
        Ok(())
    }
}
