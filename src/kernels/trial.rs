//! The same map by each instruction set, for a stopwatch: which is faster on this machine?

use crate::buffer::OutOfMemory;
use crate::dot::{self, Activations, Kernel};
use crate::matmul_int8::{Int8Matrix, Int16Rows, PanelScratch, matmul_int8};

/// Inputs of the map, as many as MiniLM's rows have.
const INPUTS: usize = 384;
/// Whole panels of each instruction set, few enough that the weights stay in the first-level cache.
const OUTPUTS: usize = 48;
const ROWS: usize = 16;

/// A map for each instruction set, with the same zeros in it: integer products take as long for them.
pub struct Trial {
    simd128: Int8Matrix,
    relaxed: Int8Matrix,
    values: Vec<i16>,
    scales: Vec<f32>,
    bias: Vec<f32>,
    out: Vec<f32>,
    scratch: PanelScratch,
}

impl Trial {
    /// Sets everything up.
    pub fn new() -> Result<Self, OutOfMemory> {
        let matrix = |kernel| {
            let activations = Activations::Int14;
            Int8Matrix::zeroed_for(kernel, OUTPUTS, INPUTS, activations, "a kernel's trial")
        };
        Ok(Trial {
            simd128: matrix(Kernel::Simd128)?,
            relaxed: matrix(Kernel::Relaxed)?,
            values: vec![0; ROWS * INPUTS],
            scales: vec![0.0; ROWS],
            bias: vec![0.0; OUTPUTS],
            out: vec![0.0; ROWS * OUTPUTS],
            scratch: PanelScratch::default(),
        })
    }

    /// Runs the map `times` times, some 5 µs each.
    ///
    /// # Panics
    /// For [`Kernel::Relaxed`] before [`dot::install_relaxed`].
    pub fn run(&mut self, kernel: Kernel, times: u32) {
        let Trial { values, scales, bias, out, scratch, .. } = self;
        let matrix = match kernel {
            Kernel::Simd128 => &self.simd128,
            Kernel::Relaxed => &self.relaxed,
        };
        debug_assert!(kernel == Kernel::Simd128 || dot::relaxed_is_installed());
        for _ in 0..times {
            let input = Int16Rows { values, scales, stride: INPUTS };
            matmul_int8(input, matrix, bias, out, OUTPUTS, scratch);
        }
    }
}
