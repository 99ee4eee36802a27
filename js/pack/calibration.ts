// Texts on their way through the packer.
import { Packer } from '../../pkg-packer/packer.js';
import type { Engine } from '../engine/engine-loader.js';
import type { PackOptions } from '../models/pack.js';
import { throwIfAborted } from '../shared/abort.js';
import { EdgeBertError } from '../shared/errors.js';
import { notify } from '../shared/notify.js';
import { WORDS, configOf, firstPosition, isKnown, packerModel, type Config } from './original.js';
import type { RecordedModel } from './recorded-model.js';

/** Of more texts, only the pieces are counted. */
const MOST_TEXTS = 1024;
/** Longer texts are cut: attention would take most of the time. */
const LONGEST_TEXT = 128;
/** Tokens that run together. */
const BATCH = 768;

/** What a step of packing reports to: the caller's progress and its signal. */
export interface Watched {
  onPacking?: (done: number) => void;
  signal?: AbortSignal;
}

/** A packer that has the tensors of an encoder, for texts; to be freed by the caller. */
export function packerOf({ packed, original }: Pick<RecordedModel, 'packed' | 'original'>): Packer {
  const config = configOf(packed);
  const { pooling = '' } = packed.metadata;
  const packer = new Packer(
    config.num_hidden_layers,
    config.hidden_size,
    config.num_attention_heads,
    config.intermediate_size,
    config.layer_norm_eps,
    config.hidden_act,
    firstPosition(config),
    pooling.includes('cls'),
  );
  const { embeddings, layers } = packerModel(packed, original, (layer) => layer);
  for (const tensors of [embeddings, ...layers]) {
    for (const [name, values] of tensors) packer.tensor(name, values);
  }
  return packer;
}

/**
 * The ids of the texts that a model is calibrated with: none where there are no texts, and none for a model
 * that cannot be calibrated, which `onWarning` hears. `limit` says why one is too large for it.
 */
export function calibrationIds(
  { engine, packed }: RecordedModel,
  texts: readonly string[],
  onWarning: PackOptions['onWarning'],
  limit: (config: Config, vocabulary: number) => string | undefined = () => undefined,
): Uint32Array[] {
  if (texts.length === 0) return [];
  const config = configOf(packed);
  const reason = isKnown(config)
    ? limit(config, packed.shape(WORDS)[0]!)
    : `the packer runs texts through BERT, Roberta and DistilBERT encoders, and this is ${config.model_type}`;
  if (reason === undefined) return tokenized(engine.engine, texts);
  notify(onWarning, new EdgeBertError('unsupported', `The model is packed without calibration: ${reason}`));
  return [];
}

/** The ids of texts that have any, cut where there are too many. */
export function tokenized(engine: Engine, texts: readonly string[]): Uint32Array[] {
  return texts.map((text) => shortened(engine.tokenize(text) as Uint32Array)).filter((ids) => ids.length > 0);
}

/** A text's ids, of which the last, [SEP], is kept where there are too many. */
function shortened(ids: Uint32Array): Uint32Array {
  if (ids.length <= LONGEST_TEXT) return ids;
  const short = ids.slice(0, LONGEST_TEXT);
  short[LONGEST_TEXT - 1] = ids.at(-1)!;
  return short;
}

/** Texts that run together: the ids of all of them, and how many each has. */
export interface Batch {
  readonly ids: Uint32Array;
  readonly lengths: Uint32Array;
}

/** The texts that are run, in batches. */
export function batchesOf(texts: readonly Uint32Array[]): Batch[] {
  return Array.from(batches(spread(texts, MOST_TEXTS)), (batch) => ({
    ids: Uint32Array.from(batch.flatMap((text) => [...text])),
    lengths: Uint32Array.from(batch, ({ length }) => length),
  }));
}

/** Runs texts through the packer; `part` is what that is of the whole work. */
export async function calibrate(
  packer: Packer,
  texts: readonly Uint32Array[],
  part: number,
  watched: Watched,
): Promise<void> {
  const all = batchesOf(texts);
  for (const [done, { ids, lengths }] of all.entries()) {
    packer.calibrate(ids, lengths);
    await report((part * (done + 1)) / all.length, watched);
  }
}

/** Says how much of the work is done, from 0 to 1. */
export async function report(done: number, { onPacking, signal }: Watched): Promise<void> {
  onPacking?.(done);
  // Lets the page show progress, or abort.
  await new Promise((resolve) => setTimeout(resolve));
  throwIfAborted(signal);
}

/** At most `count` of the texts, evenly spread over all of them. */
function spread<T>(texts: readonly T[], count: number): T[] {
  const step = Math.max(1, texts.length / count);
  const length = Math.min(count, texts.length);
  return Array.from({ length }, (_, index) => texts[Math.floor(index * step)]!);
}

function* batches(texts: readonly Uint32Array[]): Generator<Uint32Array[]> {
  let batch: Uint32Array[] = [];
  let tokens = 0;
  for (const text of texts) {
    if (tokens > 0 && tokens + text.length > BATCH) {
      yield batch;
      [batch, tokens] = [[], 0];
    }
    batch.push(text);
    tokens += text.length;
  }
  if (batch.length > 0) yield batch;
}
