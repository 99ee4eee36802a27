import type { Config } from './original.js';

/** What WebAssembly can address, less what texts and results take. */
const MOST_BYTES = 3.5e9;
const FLOAT_BYTES = 4;

/**
 * The memory that calibration of a compact file takes: for each map its weights in two orders, and what its
 * outputs and its inputs feel, a square matrix each (src/packer/calibrate.rs).
 */
export function calibrationBytes(config: Config, vocabulary: number): number {
  const { num_hidden_layers: layers, hidden_size: hidden, intermediate_size: intermediate } = config;
  const map = (outputs: number, inputs: number) => 2 * outputs * inputs + outputs ** 2 + inputs ** 2;
  const layer = 4 * map(hidden, hidden) + 2 * map(hidden, intermediate);
  return FLOAT_BYTES * (layers * layer + vocabulary * hidden);
}

/** Why a model is too large to be calibrated for a compact file; nothing for one that is not. */
export function tooLarge(config: Config, vocabulary: number): string | undefined {
  const bytes = calibrationBytes(config, vocabulary);
  if (bytes <= MOST_BYTES) return undefined;
  return `it would take ${(bytes / 1e9).toFixed(1)} GB of memory, and WebAssembly has 4 GB`;
}
