//! The same map by each instruction set, for a stopwatch: which is faster on this machine?

use crate::buffer::OutOfMemory;
use crate::dot::{self, Activations, Kernel};
use crate::matmul_f32::Rows;
use crate::matmul_int8::{Int8Matrix, PanelScratch, matmul_int8};

/// Inputs of the map, as many as MiniLM's rows have.
const INPUTS: usize = 384;
/// Whole panels of each instruction set, few enough that the weights stay in the first-level cache.
const OUTPUTS: usize = 96;
const ROWS: usize = 16;

/// A map of 7-bit activations for each instruction set, with the same zeros in it: integer products take
/// as long for them.
pub struct Trial {
    simd128: Int8Matrix,
    relaxed: Int8Matrix,
    values: Vec<f32>,
    bias: Vec<f32>,
    out: Vec<f32>,
    scratch: PanelScratch,
}

impl Trial {
    /// Sets everything up.
    pub fn new() -> Result<Self, OutOfMemory> {
        let matrix = |kernel| {
            let activations = Activations::Uint7;
            let mut matrix =
                Int8Matrix::zeroed_for(kernel, OUTPUTS, INPUTS, activations, "a kernel's trial")?;
            matrix.equalization_mut().fill(1.0);
            Ok(matrix)
        };
        Ok(Trial {
            simd128: matrix(Kernel::Simd128)?,
            relaxed: matrix(Kernel::Relaxed)?,
            // Groups of zeros would not be rounded.
            values: (0..ROWS * INPUTS).map(|i| (i % 17) as f32 - 8.0).collect(),
            bias: vec![0.0; OUTPUTS],
            out: vec![0.0; ROWS * OUTPUTS],
            scratch: PanelScratch::default(),
        })
    }

    /// Runs the map `times` times, some 10 µs each.
    ///
    /// # Panics
    /// For [`Kernel::Relaxed`] before [`dot::install_relaxed`].
    pub fn run(&mut self, kernel: Kernel, times: u32) {
        let Trial { values, bias, out, scratch, .. } = self;
        let matrix = match kernel {
            Kernel::Simd128 => &self.simd128,
            Kernel::Relaxed => &self.relaxed,
        };
        debug_assert!(kernel == Kernel::Simd128 || dot::relaxed_is_installed());
        for _ in 0..times {
            let input = Rows { values, rows: ROWS, stride: INPUTS };
            matmul_int8(input, matrix, bias, out, OUTPUTS, scratch);
        }
    }
}
