import type { Bytes } from '../shared/types.js';
import type { ModelSink } from './types.js';

/** Keeps the file that it passes on, up to a size. */
export class RecordingSink implements ModelSink {
  readonly #sink: ModelSink;
  readonly #most: number;
  #pieces: Bytes[] = [];
  #bytes = 0;

  /** Of a file of more than `most` bytes nothing is kept. */
  constructor(sink: ModelSink, most: number) {
    this.#sink = sink;
    this.#most = most;
  }

  get engineFailed(): boolean {
    return this.#sink.engineFailed;
  }

  begin(...[files, remembered]: Parameters<ModelSink['begin']>): ReturnType<ModelSink['begin']> {
    [this.#pieces, this.#bytes] = [[], 0];
    return this.#sink.begin(files, remembered);
  }

  push(piece: Bytes, checksum?: number): void | Promise<void> {
    this.#bytes += piece.length;
    if (this.#bytes <= this.#most) this.#pieces.push(piece.slice());
    else this.#pieces = [];
    return this.#sink.push(piece, checksum);
  }

  finish(): void | Promise<void> {
    return this.#sink.finish();
  }

  /** Who records an original calibrates it later. */
  async calibrate(): Promise<boolean> {
    return true;
  }

  exportPiece(): Bytes | undefined | Promise<Bytes | undefined> {
    return this.#sink.exportPiece();
  }

  exportHeader(hashes: string[]): Bytes | Promise<Bytes> {
    return this.#sink.exportHeader(hashes);
  }

  /** The pieces of the recorded file, which are not kept any longer; undefined where it was too large. */
  take(): Bytes[] | undefined {
    const pieces = this.#bytes <= this.#most ? this.#pieces : undefined;
    this.#pieces = [];
    return pieces;
  }
}
