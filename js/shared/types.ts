// Types that the network, the cache and the engine share.

/** Bytes that own their buffer, so that they can be hashed, stored and transferred. */
export type Bytes = Uint8Array<ArrayBuffer>;

/**
 * - `int8` (default): 23 MB for MiniLM, with a mean cosine of at least 0.9997 to float32
 * - `compact`: 12 MB for MiniLM, with a mean cosine of 0.998; of other models, a file of the size that you
 *   choose, which `edgebert pack --size` makes, at `url` or as `model-compact.safetensors` under `baseUrl`.
 *   Its vectors are not those of `int8`
 * - `f32`: the original checkpoint, 91 MB for MiniLM, for those who need the exact reference
 */
export type Precision = 'int8' | 'compact' | 'f32';

/**
 * The instructions that multiply an `int8` model's matrices. Both give the same vectors, bit for bit.
 *
 * - `simd128`: WebAssembly SIMD, which every supported browser has
 * - `relaxed`: WebAssembly relaxed SIMD: faster where the processor has a dot product of int8 that the
 *   browser uses, slower elsewhere
 */
export type Kernel = 'simd128' | 'relaxed';

/**
 * A {@link Kernel}, or `auto`: the faster one on this machine, by a trial while the model downloads. It waits
 * for optimised code: some 60 ms, and half a second at most on a busy machine, in turns of 2 ms between which
 * the thread does other work (`new WasmModel(…)`, which loads at once, has it without pauses). The result is
 * stored with the cached model, for as long as the browser and the engine stay the same.
 */
export type KernelChoice = 'auto' | Kernel;

/** What a trial of the kernels has found. */
export interface KernelFinding {
  /** How many times as fast as `simd128` `relaxed` is, with activations of 7 bits: its dots of four. */
  readonly speedup: number;
  /** The same, of its dots of two, which are faster where processors have no dot of four. */
  readonly speedupByTwos: number;
  /** The engine, the runtime and the processor of the trial: with others, it says nothing. */
  readonly environment: string;
}

/** The progress of a load. `loaded` never decreases, and the last event has `loaded === total`. */
export interface LoadProgress {
  /** Bytes received or read so far. */
  readonly loaded: number;
  /** Bytes in total. */
  readonly total: number;
  /**
   * - `download`: bytes arrive from the network
   * - `cache`: bytes are read from the cache, or written to it after a conversion
   * - `calibrate`: all bytes of an original have arrived, and texts show how its weights are rounded
   * - `load`: the engine has every byte; this is the last event, with `loaded === total`
   */
  readonly phase: 'download' | 'cache' | 'calibrate' | 'load';
  /** Whether these bytes came from the cache. */
  readonly fromCache: boolean;
}

/** A file beside the weights: its path in the model's folder, and its text. */
export type NamedText = readonly [name: string, text: string];
