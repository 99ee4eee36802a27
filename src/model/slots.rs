//! Rows of tensors into a model and out again, by their place.

use super::embeddings::Table;
use super::linear::{Linear, Weights};
use super::norm::Norm;
use super::tensors::{int8_group, output_row, Map, NormName, Place, TableName};
use super::Model;
use crate::kernels::padded;
use crate::kernels::quantize_weights::QuantizedRow;

impl Model {
    /// Writes row `index` of a float tensor, quantised where the model holds int8. Vectors are one
    /// row.
    pub fn set_floats(
        &mut self,
        place: Place,
        index: usize,
        row: &[f32],
        quantized: &mut QuantizedRow,
    ) {
        let width = row.len();
        match place {
            Place::Embedding(name) => match self.table(name) {
                Table::F32 { rows } => {
                    rows[index * padded(width)..][..width].copy_from_slice(row);
                }
                Table::Int8 { .. } => {
                    self.set_quantized(place, index, row, quantized);
                }
            },
            Place::Weight(layer, map) => {
                let output = output_row(&self.config, map, index);
                match &mut self.linear(layer, map).weights {
                    Weights::F32(matrix) => matrix.set_row(output, row),
                    Weights::Int8(_) => self.set_quantized(place, index, row, quantized),
                }
            }
            Place::Bias(layer, map) => {
                for (output, &value) in row.iter().enumerate() {
                    let slot = output_row(&self.config, map, output);
                    self.linear(layer, map).bias[slot] = value;
                }
            }
            Place::Gamma(name) => self.norm(name).gamma[..width].copy_from_slice(row),
            Place::Beta(name) => self.norm(name).beta[..width].copy_from_slice(row),
        }
    }

    fn set_quantized(
        &mut self,
        place: Place,
        index: usize,
        row: &[f32],
        quantized: &mut QuantizedRow,
    ) {
        quantized.quantize(row, int8_group(place).unwrap_or(row.len()));
        self.set_int8(place, index, &quantized.values);
        self.set_scales(place, index, &quantized.scales);
    }

    /// Reads back row `index`, of `len` elements, of a float tensor in an int8 model.
    pub fn floats(&mut self, place: Place, index: usize, len: usize) -> Vec<f32> {
        match place {
            Place::Embedding(name) => match self.table(name) {
                Table::F32 { rows } => rows[index * padded(len)..][..len].to_vec(),
                Table::Int8 { .. } => unreachable!("this table is int8"),
            },
            Place::Bias(layer, map) => {
                let mut row = vec![0.0; len];
                for (output, value) in row.iter_mut().enumerate() {
                    let slot = output_row(&self.config, map, output);
                    *value = self.linear(layer, map).bias[slot];
                }
                row
            }
            Place::Gamma(name) => self.norm(name).gamma[..len].to_vec(),
            Place::Beta(name) => self.norm(name).beta[..len].to_vec(),
            Place::Weight(layer, map) => match &self.linear(layer, map).weights {
                Weights::F32(matrix) => {
                    let mut row = vec![0.0; len];
                    matrix.row(index, &mut row);
                    row
                }
                Weights::Int8(_) => unreachable!("this map is int8"),
            },
        }
    }

    /// Writes row `index` of an int8 tensor.
    pub fn set_int8(&mut self, place: Place, index: usize, row: &[i8]) {
        match self.int8_matrix(place, index) {
            Int8::Table { rows, .. } => {
                rows[index * padded(row.len())..][..row.len()].copy_from_slice(row);
            }
            Int8::Matrix(matrix, output) => matrix.set_row(output, row),
        }
    }

    /// Reads back what [`Self::set_int8`] wrote.
    pub fn int8(&mut self, place: Place, index: usize, row: &mut [i8]) {
        match self.int8_matrix(place, index) {
            Int8::Table { rows, .. } => {
                row.copy_from_slice(&rows[index * padded(row.len())..][..row.len()]);
            }
            Int8::Matrix(matrix, output) => matrix.row(output, row),
        }
    }

    /// Writes the scales of row `index`, as many as [`super::tensors::scale_shape`] says.
    pub fn set_scales(&mut self, place: Place, index: usize, values: &[f32]) {
        match self.int8_matrix(place, index) {
            Int8::Table { scales, .. } => {
                scales[index * values.len()..][..values.len()].copy_from_slice(values);
            }
            Int8::Matrix(matrix, output) => matrix.set_scales(output, values),
        }
    }

    /// Reads back what [`Self::set_scales`] wrote.
    pub fn scales(&mut self, place: Place, index: usize, values: &mut [f32]) {
        match self.int8_matrix(place, index) {
            Int8::Table { scales, .. } => {
                values.copy_from_slice(&scales[index * values.len()..][..values.len()]);
            }
            Int8::Matrix(matrix, output) => matrix.scales(output, values),
        }
    }

    fn table(&mut self, name: TableName) -> &mut Table {
        match name {
            TableName::Words => &mut self.embeddings.words,
            TableName::Positions => &mut self.embeddings.positions,
            TableName::Types => &mut self.embeddings.types,
        }
    }

    fn norm(&mut self, name: NormName) -> &mut Norm {
        match name {
            NormName::Embeddings => &mut self.embeddings.norm,
            NormName::Attention(layer) => &mut self.layers[layer].attention_norm,
            NormName::Output(layer) => &mut self.layers[layer].output_norm,
        }
    }

    fn linear(&mut self, layer: usize, map: Map) -> &mut Linear {
        let Model { heads, layers, .. } = self;
        match map {
            Map::Query | Map::Key | Map::Value => &mut layers[layer].qkv,
            Map::AttentionOutput => &mut layers[layer].output,
            Map::Up => &mut layers[layer].up,
            Map::Down => &mut layers[layer].down,
            Map::Head => &mut heads[layer],
        }
    }

    /// The int8 storage of a matrix, and the row of it that `index` means.
    fn int8_matrix(&mut self, place: Place, index: usize) -> Int8<'_> {
        match place {
            Place::Embedding(name) => {
                if let Table::Int8 { rows, scales, .. } = self.table(name) {
                    return Int8::Table { rows, scales };
                }
            }
            Place::Weight(layer, map) => {
                let output = output_row(&self.config, map, index);
                if let Weights::Int8(matrix) = &mut self.linear(layer, map).weights {
                    return Int8::Matrix(matrix, output);
                }
            }
            Place::Bias(..) | Place::Gamma(_) | Place::Beta(_) => {}
        }
        unreachable!("only matrices of int8 models are read and written as int8")
    }
}

enum Int8<'m> {
    Table { rows: &'m mut [i8], scales: &'m mut [f32] },
    Matrix(&'m mut crate::kernels::matmul_int8::Int8Matrix, usize),
}
