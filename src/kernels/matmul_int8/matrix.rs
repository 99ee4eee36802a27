//! A matrix of int8 as it lies in memory for the instruction set that multiplies with it.

use crate::buffer::{Buffer, OutOfMemory};
use crate::dot::{self, Activations, Dot, Int14, Int16, Kernel, OnePart, TwoParts, Uint7};
use crate::pack::{gather, scatter, zeroed_panels};
use crate::padded;

/// A weight matrix [outputs, inputs] of int8, with one scale per output and group of inputs.
pub struct Int8Matrix {
    pub(super) outputs: usize,
    pub(super) inputs: usize,
    pub(super) activations: Activations,
    pub(super) kernel: Kernel,
    layout: Layout,
    /// Panels × steps of inputs × outputs of a panel × inputs of a step.
    pub(super) weights: Buffer<i8>,
    /// Panels × groups × outputs of a panel.
    pub(super) scales: Buffer<f32>,
    /// As the scales: [`Dot::start`] of each group.
    pub(super) starts: Buffer<i32>,
    /// The factor of each input, padded with zeros; none for [`Activations::Int14`].
    pub(super) equalization: Buffer<f32>,
}

/// [`Dot::PANEL`] and [`Dot::INPUTS`] of the instruction set that a matrix is laid out for.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    panel: usize,
    inputs: usize,
    start: fn(&[i8]) -> i32,
}

impl Layout {
    pub(super) const fn of<D: Dot>() -> Self {
        Layout { panel: D::PANEL, inputs: D::INPUTS, start: D::start }
    }

    /// Elements that lie between the steps of one output.
    fn step(self) -> usize {
        self.panel * self.inputs
    }
}

impl Int8Matrix {
    /// A matrix of zeros, laid out for [`dot::selected`]; `name` is for the error where it does not
    /// fit into memory.
    pub fn zeroed(
        outputs: usize,
        inputs: usize,
        activations: Activations,
        name: &str,
    ) -> Result<Self, OutOfMemory> {
        Self::zeroed_for(dot::selected(activations), outputs, inputs, activations, name)
    }

    /// As [`Self::zeroed`], for an instruction set of the caller's.
    pub fn zeroed_for(
        kernel: Kernel,
        outputs: usize,
        inputs: usize,
        activations: Activations,
        name: &str,
    ) -> Result<Self, OutOfMemory> {
        let layout = match (activations, kernel) {
            (Activations::Int14, Kernel::Simd128) => Layout::of::<Int16<Int14>>(),
            (Activations::Int14, Kernel::Relaxed) => Layout::of::<TwoParts>(),
            (Activations::Uint7, Kernel::Simd128) => Layout::of::<Int16<Uint7>>(),
            (Activations::Uint7, Kernel::Relaxed) => Layout::of::<OnePart>(),
        };
        Self::laid_out(kernel, layout, outputs, inputs, activations, name)
    }

    pub(super) fn laid_out(
        kernel: Kernel,
        layout: Layout,
        outputs: usize,
        inputs: usize,
        activations: Activations,
        name: &str,
    ) -> Result<Self, OutOfMemory> {
        let panels = outputs.div_ceil(layout.panel);
        let steps = padded(inputs).div_ceil(layout.inputs);
        let sums = inputs.div_ceil(activations.group()).checked_mul(layout.panel);
        let factors = match activations {
            Activations::Int14 => 0,
            Activations::Uint7 => padded(inputs),
        };
        Ok(Int8Matrix {
            outputs,
            inputs,
            activations,
            kernel,
            layout,
            weights: zeroed_panels(panels, steps.checked_mul(layout.step()), name)?,
            scales: zeroed_panels(panels, sums, name)?,
            starts: zeroed_panels(panels, sums, name)?,
            equalization: Buffer::zeroed(factors, name)?,
        })
    }

    /// How many outputs there are.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// How many inputs there are.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// What its activations are rounded to.
    pub fn activations(&self) -> Activations {
        self.activations
    }

    /// Groups of inputs, and so scales per output.
    pub fn groups(&self) -> usize {
        self.inputs.div_ceil(self.activations.group())
    }

    /// What each input is multiplied by before it is rounded, padded with zeros; empty for
    /// [`Activations::Int14`]. The weights have been divided by it.
    pub fn equalization_mut(&mut self) -> &mut [f32] {
        &mut self.equalization
    }

    /// Writes the weights of one output.
    pub fn set_row(&mut self, output: usize, row: &[i8]) {
        self.assert_row(output, row.len(), self.inputs);
        let start = self.row_start(output);
        scatter(row, self.layout.inputs, &mut self.weights[start..], self.layout.step());
        let starts = self.scale_start(output);
        let starts = self.starts[starts..].iter_mut().step_by(self.layout.panel);
        for (start, group) in starts.zip(row.chunks(self.activations.group())) {
            *start = (self.layout.start)(group);
        }
    }

    /// Reads back what [`Self::set_row`] wrote.
    pub fn row(&self, output: usize, row: &mut [i8]) {
        self.assert_row(output, row.len(), self.inputs);
        let start = self.row_start(output);
        gather(&self.weights[start..], self.layout.step(), self.layout.inputs, row);
    }

    /// Writes the scales of one output, one per group.
    pub fn set_scales(&mut self, output: usize, scales: &[f32]) {
        self.assert_row(output, scales.len(), self.groups());
        let start = self.scale_start(output);
        scatter(scales, 1, &mut self.scales[start..], self.layout.panel);
    }

    /// Reads back what [`Self::set_scales`] wrote.
    pub fn scales(&self, output: usize, scales: &mut [f32]) {
        self.assert_row(output, scales.len(), self.groups());
        let start = self.scale_start(output);
        gather(&self.scales[start..], self.layout.panel, 1, scales);
    }

    #[track_caller]
    fn assert_row(&self, output: usize, len: usize, expected: usize) {
        let outputs = self.outputs;
        assert!(output < outputs, "output {output} of a matrix that has {outputs}");
        assert!(len == expected, "a row of {len} elements for one of {expected}");
    }

    /// Weights of one panel.
    pub(super) fn panel_len(&self) -> usize {
        padded(self.inputs).div_ceil(self.layout.inputs) * self.layout.step()
    }

    fn row_start(&self, output: usize) -> usize {
        let Layout { panel, inputs, .. } = self.layout;
        output / panel * self.panel_len() + output % panel * inputs
    }

    fn scale_start(&self, output: usize) -> usize {
        let panel = self.layout.panel;
        output / panel * self.groups() * panel + output % panel
    }
}
