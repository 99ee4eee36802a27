//! What happens to one row or element at a time between the linear maps.

use crate::Kernel;
use crate::data::{floats, int8};
use edgebert_kernels::activation::Activation;
use edgebert_kernels::dot::{Form, Int14, QuantizedRows, Uint7};
use edgebert_kernels::embedding::add_int8_row;
use edgebert_kernels::exp::Exp;
use edgebert_kernels::layer_norm::LayerNorm;
use edgebert_kernels::matmul_f32::Rows;
use edgebert_kernels::vector::F32x4;
use wasm_bindgen::prelude::*;

/// Residual and layer norm of one row.
#[wasm_bindgen(js_name = layerNorm)]
pub fn time_layer_norm(len: usize) -> Kernel {
    let (gamma, beta, residual) = (floats(len), floats(len), floats(len));
    let mut row = floats(len);
    Kernel::new(move || {
        let norm = LayerNorm { gamma: &gamma, beta: &beta, len, epsilon: 1e-12 };
        norm.add_and_normalize(&mut row, &residual);
    })
}

/// One row of float32 to integers of 14 bits.
#[wasm_bindgen(js_name = quantize14)]
pub fn time_quantize_14(len: usize) -> Kernel {
    time_quantize::<Int14>(len)
}

/// One row of float32, equalised, to integers of 7 bits.
#[wasm_bindgen(js_name = quantize7)]
pub fn time_quantize_7(len: usize) -> Kernel {
    time_quantize::<Uint7>(len)
}

fn time_quantize<F: Form>(len: usize) -> Kernel {
    let (values, factors) = (floats(len), vec![1.0; len]);
    let mut rows = QuantizedRows::default();
    Kernel::new(move || {
        rows.fill::<F>(Rows { values: &values, rows: 1, stride: len }, len, &factors)
    })
}

/// GELU of one row, from fresh inputs each time: applied to its own result it would soon see
/// nothing but zeros and denormals. The copy is in the time.
#[wasm_bindgen(js_name = gelu)]
pub fn time_gelu(len: usize) -> Kernel {
    let input: Vec<f32> = floats(len).iter().map(|x| 3.0 * x).collect();
    let mut row = vec![0.0; len];
    Kernel::new(move || {
        row.copy_from_slice(&input);
        Activation::Gelu.apply(&mut row);
    })
}

/// exp of one row, the larger part of a softmax.
#[wasm_bindgen(js_name = exponential)]
pub fn time_exp(len: usize) -> Kernel {
    let input: Vec<f32> = floats(len).iter().map(|x| 8.0 * x - 8.0).collect();
    let mut out = vec![0.0; len];
    Kernel::new(move || {
        let exp = Exp::prepared();
        for (from, to) in input.chunks_exact(4).zip(out.chunks_exact_mut(4)) {
            exp.of(F32x4::load(from)).store(to);
        }
    })
}

/// One row of an int8 table added to a sum.
#[wasm_bindgen(js_name = embedding)]
pub fn time_embedding(len: usize) -> Kernel {
    let row = int8(len);
    let mut sum = vec![0.0; len];
    Kernel::new(move || {
        sum.fill(0.0);
        add_int8_row(&mut sum, &row, &[1e-2], 1024, 1.0);
    })
}
