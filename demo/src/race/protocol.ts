/** What is raced on: the same texts for both. */
export interface Course {
  readonly texts: readonly string[];
  /** The address of transformers.js. */
  readonly script: string;
}

/** What one of the two has done. */
export interface Lap {
  /** From nothing to a model that can encode, its download included. */
  readonly readyMs: number;
  /** Bytes that were downloaded, as they are after decompression. */
  readonly bytes: number;
  /** One text at a time, the median. */
  readonly singleMs: number;
  /** All texts in one call, the median. */
  readonly batchMs: number;
  /** The vectors of all texts, one after the other. */
  readonly vectors: Float32Array;
}
