//! Where the outputs of a checkpoint's map lie in the model's.

use super::Map;
use crate::kernels::padded;
use crate::model::config::Config;

/// Where the outputs of a checkpoint's map are among the rows of the model's: queries, keys and values are
/// thirds of one map, in which each head starts at a whole panel, as do the halves of a gated one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputMap {
    first: usize,
    /// Outputs that are stored together, and their rows.
    size: usize,
    padded: usize,
}

impl OutputMap {
    /// Each output in its own row.
    pub const IDENTITY: OutputMap = OutputMap { first: 0, size: usize::MAX, padded: 0 };

    /// The outputs of a layer's map.
    pub fn of(config: &Config, map: Map) -> Self {
        let third = match map {
            Map::Query | Map::QueryKeyValue => 0,
            Map::Key => 1,
            Map::Value => 2,
            Map::Up if config.gated() => {
                let size = config.intermediate;
                return OutputMap { first: 0, size, padded: padded(size) };
            }
            _ => return OutputMap::IDENTITY,
        };
        let size = config.head_size();
        OutputMap { first: third * config.heads_width(), size, padded: padded(size) }
    }

    /// The row of an output.
    pub fn row(&self, output: usize) -> usize {
        self.first + output / self.size * self.padded + output % self.size
    }
}
