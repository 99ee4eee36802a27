import { EngineLoader } from '../engine/engine-loader.js';
import { startEngine } from '../engine/start.js';
import { packedContent } from '../loading/fingerprint.js';
import { loadModel } from '../loading/load-model.js';
import type { ModelSink } from '../loading/types.js';
import { originalToPack, type PackOptions } from '../models/pack.js';
import { joined } from '../shared/joined.js';
import type { Bytes, NamedText } from '../shared/types.js';
import { Tensors } from './original.js';

/** A model in the engine, and both of its files. */
export interface RecordedModel {
  /** To be disposed by the caller. */
  readonly engine: EngineLoader;
  /** The packed file that the engine makes of the original. */
  readonly packed: Tensors;
  readonly original: Tensors;
}

/** Loads an original into an engine, and keeps it beside. */
export async function recordedModel(source: string | URL, options: PackOptions): Promise<RecordedModel> {
  const { signal } = options;
  const engine = new EngineLoader('int8', startEngine(options));
  const sink = new RecordingSink(engine);
  try {
    await loadModel(originalToPack(source, options), { ...options, cache: 'none' }, sink, signal);
    const pieces: Bytes[] = [];
    const { header } = await packedContent(engine, signal, (piece) => pieces.push(piece));
    return {
      engine,
      packed: new Tensors(joined([header, ...pieces], Uint8Array), 'the packed file'),
      original: sink.take(),
    };
  } catch (error) {
    engine.dispose();
    throw error;
  }
}

/** Keeps the file that it passes on. */
class RecordingSink implements ModelSink {
  readonly #sink: EngineLoader;
  #pieces: Bytes[] = [];

  constructor(sink: EngineLoader) {
    this.#sink = sink;
  }

  get engineFailed(): boolean {
    return this.#sink.engineFailed;
  }

  begin(files: Iterable<NamedText>): ReturnType<EngineLoader['begin']> {
    this.#pieces = [];
    return this.#sink.begin(files);
  }

  push(piece: Bytes, checksum?: number): void {
    this.#pieces.push(piece.slice());
    this.#sink.push(piece, checksum);
  }

  finish(): void {
    this.#sink.finish();
  }

  exportPiece(): Bytes | undefined {
    return this.#sink.exportPiece();
  }

  exportHeader(hashes: string[]): Bytes {
    return this.#sink.exportHeader(hashes);
  }

  /** The recorded file. */
  take(): Tensors {
    const file = joined(this.#pieces, Uint8Array);
    this.#pieces = [];
    return new Tensors(file, 'the original');
  }
}
