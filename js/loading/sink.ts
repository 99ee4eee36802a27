import type { Bytes, NamedText } from '../shared/types.js';

/** Where a model's bytes go: the engine on this thread, or the ones in the workers. */
export interface ModelSink {
  /** Whether there is no engine to load into: another file of the model would not help. */
  readonly engineFailed: boolean;
  /**
   * Starts a model; one that was started before is dropped. `files` are the files beside an
   * original checkpoint; a packed file needs none.
   */
  begin(files: Iterable<NamedText>): void | Promise<void>;
  /**
   * The next bytes of the safetensors file. The sink may take the buffer away; if it doesn't, it
   * is done with it when this has resolved.
   */
  push(piece: Bytes): void | Promise<void>;
  /** All bytes were pushed. */
  finish(): void | Promise<void>;
  /** After `finish`, of an int8 model: its next packed data piece, undefined after the last. */
  exportPiece(): Bytes | undefined | Promise<Bytes | undefined>;
  /** After the last piece: the packed file's header, given the SHA-256 of each piece. */
  exportHeader(hashes: string[]): Bytes | Promise<Bytes>;
}
