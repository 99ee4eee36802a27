import { EngineLoader } from '../engine/engine-loader.js';
import { startEngine } from '../engine/start.js';
import { packedContent } from '../loading/fingerprint.js';
import { loadModel } from '../loading/load-model.js';
import { RecordingSink } from '../loading/recording-sink.js';
import { originalToPack, type PackOptions } from '../models/pack.js';
import { joined } from '../shared/joined.js';
import type { Bytes } from '../shared/types.js';
import { Tensors } from './original.js';

/** A model in the engine, and both of its files. */
export interface RecordedModel {
  /** To be disposed by the caller. */
  readonly engine: EngineLoader;
  /** The packed file that the engine makes of the original. */
  readonly packed: Tensors;
  readonly original: Tensors;
}

/** A model in the engine, with its original. */
export async function withBothFiles(
  engine: EngineLoader,
  original: readonly Bytes[],
  signal?: AbortSignal,
): Promise<RecordedModel> {
  const pieces: Bytes[] = [];
  const { header } = await packedContent(engine, signal, (piece) => pieces.push(piece));
  return {
    engine,
    packed: new Tensors(joined([header, ...pieces], Uint8Array), 'the packed file'),
    original: new Tensors(joined(original, Uint8Array), 'the original'),
  };
}

/** Loads an original into an engine, and keeps it beside. */
export async function recordedModel(source: string | URL, options: PackOptions): Promise<RecordedModel> {
  const { signal } = options;
  const engine = new EngineLoader('int8', startEngine(options));
  const sink = new RecordingSink(engine, Infinity);
  try {
    await loadModel(originalToPack(source, options), { ...options, cache: 'none' }, sink, signal);
    return await withBothFiles(engine, sink.take()!, signal);
  } catch (error) {
    engine.dispose();
    throw error;
  }
}
