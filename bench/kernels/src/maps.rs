//! Linear maps and attention: the kernels whose work is counted in multiply-accumulates.

use crate::Kernel;
use crate::data::{floats, int8};
use edgebert_kernels::attention::AttentionHead;
use edgebert_kernels::dot::{self, Activations};
use edgebert_kernels::matmul_f32::{FloatMatrix, Rows, matmul_f32};
use edgebert_kernels::matmul_int8::{Int8Matrix, PanelScratch, matmul_int8};
use edgebert_kernels::{attention_f32, attention_int16};
use edgebert_kernels::{padded, spread};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// Copies of an int8 weight matrix that take turns: with one, its weights stay in the cache; with
/// as many as a model has, they come from where they come from in an encode.
#[wasm_bindgen]
pub struct Int8Weights(Rc<Vec<Int8Matrix>>);

#[wasm_bindgen]
impl Int8Weights {
    /// For activations of 7 bits or of 14, and for relaxed SIMD or for what every browser has.
    #[wasm_bindgen(constructor)]
    pub fn new(outputs: usize, inputs: usize, copies: usize, seven: bool, relaxed: bool) -> Self {
        let row = int8(inputs);
        let activations = if seven { Activations::Uint7 } else { Activations::Int14 };
        let instructions = if relaxed { dot::Kernel::Relaxed } else { dot::Kernel::Simd128 };
        let matrix = || {
            let mut matrix =
                Int8Matrix::zeroed_for(instructions, outputs, inputs, activations, "weights")
                    .unwrap();
            let scales = vec![1e-3; matrix.groups()];
            for output in 0..outputs {
                matrix.set_row(output, &row);
                matrix.set_scales(output, &scales);
            }
            matrix.equalization_mut().fill(1.0);
            matrix
        };
        Int8Weights(Rc::new(std::iter::repeat_with(matrix).take(copies).collect()))
    }

    /// The map of `rows` rows of activations.
    pub fn multiply(&self, rows: usize) -> Kernel {
        let matrices = Rc::clone(&self.0);
        let (stride, out_stride) = (padded(matrices[0].inputs()), padded(matrices[0].outputs()));
        let values = floats(rows * stride);
        let bias = floats(out_stride);
        let mut out = vec![0.0; rows * out_stride];
        let mut scratch = PanelScratch::default();
        let mut turn = 0;
        Kernel::new(move || {
            let input = Rows { values: &values, rows, stride };
            matmul_int8(input, &matrices[turn], &bias, &mut out, out_stride, &mut scratch);
            turn = (turn + 1) % matrices.len();
        })
    }
}

/// The places in [`function_table`] for the loops of relaxed.wat.
#[wasm_bindgen(js_name = relaxedPlaces)]
pub fn relaxed_places() -> Vec<u32> {
    dot::relaxed_places().map(|place| place as u32).to_vec()
}

/// This instance's table of functions.
#[wasm_bindgen(js_name = functionTable)]
pub fn function_table() -> JsValue {
    wasm_bindgen::function_table()
}

/// This instance's memory.
#[wasm_bindgen(js_name = ownMemory)]
pub fn own_memory() -> JsValue {
    wasm_bindgen::memory()
}

/// Uses the loops at those places. False if one of them computes wrong sums.
#[wasm_bindgen(js_name = installRelaxed)]
pub fn install_relaxed() -> bool {
    dot::install_relaxed()
}

/// As [`Int8Weights`], in float32.
#[wasm_bindgen]
pub struct F32Weights(Rc<Vec<FloatMatrix>>);

#[wasm_bindgen]
impl F32Weights {
    #[wasm_bindgen(constructor)]
    pub fn new(outputs: usize, inputs: usize, copies: usize) -> Self {
        let row = floats(inputs);
        let matrix = || {
            let mut matrix = FloatMatrix::zeroed(outputs, inputs, "weights").unwrap();
            (0..outputs).for_each(|output| matrix.set_row(output, &row));
            matrix
        };
        F32Weights(Rc::new(std::iter::repeat_with(matrix).take(copies).collect()))
    }

    /// The map of `rows` rows of activations.
    pub fn multiply(&self, rows: usize) -> Kernel {
        let matrices = Rc::clone(&self.0);
        let (stride, out_stride) = (padded(matrices[0].inputs()), padded(matrices[0].outputs()));
        let values = floats(rows * stride);
        let bias = floats(out_stride);
        let mut out = vec![0.0; rows * out_stride];
        let mut turn = 0;
        Kernel::new(move || {
            let input = Rows { values: &values, rows, stride };
            matmul_f32(input, &matrices[turn], &bias, &mut out, out_stride);
            turn = (turn + 1) % matrices.len();
        })
    }
}

/// Self-attention of one text in float32, all heads, without the linear maps around it.
#[wasm_bindgen(js_name = attentionF32)]
pub fn time_attention_f32(length: usize, heads: usize, size: usize) -> Kernel {
    let mut scratch = attention_f32::AttentionScratch::default();
    each_head(length, heads, size, move |head, out, stride| {
        attention_f32::attend(head, &mut scratch, out, stride)
    })
}

/// The same in int16.
#[wasm_bindgen(js_name = attentionInt16)]
pub fn time_attention_int16(length: usize, heads: usize, size: usize) -> Kernel {
    let mut scratch = attention_int16::AttentionScratch::default();
    each_head(length, heads, size, move |head, out, stride| {
        attention_int16::attend(head, &mut scratch, out, stride)
    })
}

fn each_head(
    length: usize,
    heads: usize,
    size: usize,
    mut attend: impl FnMut(&AttentionHead, &mut [f32], usize) + 'static,
) -> Kernel {
    let width = heads * padded(size);
    let stride = spread(3 * width);
    let qkv = floats(length * stride);
    let mut out = vec![0.0; length * heads * size];
    Kernel::new(move || {
        for head in 0..heads {
            let place = AttentionHead {
                qkv: &qkv,
                stride,
                offsets: [0, width, 2 * width].map(|start| start + head * padded(size)),
                length,
                size,
                bias: &[],
            };
            attend(&place, &mut out[head * size..], heads * size);
        }
    })
}
