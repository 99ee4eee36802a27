import bytes from 'search-kernels';
import { EdgeBertError, messageOf } from '../../shared/errors.js';
import { checkSimd, policyError } from '../../engine/features.js';

/** What src/search/exports.rs says. */
export interface SearchKernels {
  readonly memory: WebAssembly.Memory;
  /** From here on linear memory is JavaScript's. */
  readonly __heap_base: WebAssembly.Global;
  write_int8(vectors: number, width: number, rows: number, stride: number, count: number): void;
  write_f32(vectors: number, width: number, rows: number, stride: number, count: number): void;
  seal_int8(rows: number, stride: number, width: number, count: number): number;
  seal_f32(rows: number, stride: number, width: number, count: number): number;
  scan_int8(...args: Scan): number;
  scan_f32(...args: Scan): number;
}

type Scan = [
  query: number,
  width: number,
  factor: number,
  rows: number,
  stride: number,
  count: number,
  threshold: number,
  scores: number,
  hits: number,
];

let compiled: WebAssembly.Module | undefined;

/** Takes the kernels compiled, where nothing can be compiled at run time. */
export function usePrecompiled(module: WebAssembly.Module): void {
  compiled = module;
}

/**
 * Fresh kernels with a memory of their own. It is synchronous: the file is small enough to be
 * compiled so anywhere.
 *
 * @throws EdgeBertError `unsupported` without WebAssembly SIMD, or where the page forbids it.
 */
export function searchKernels(): SearchKernels {
  checkSimd();
  try {
    compiled ??= new WebAssembly.Module(bytes);
    return new WebAssembly.Instance(compiled).exports as unknown as SearchKernels;
  } catch (error) {
    const reason = `There is no memory for another index: ${messageOf(error)}`;
    throw policyError(error) ?? new EdgeBertError('state', reason, { cause: error });
  }
}
