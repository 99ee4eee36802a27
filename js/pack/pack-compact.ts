import { Packer } from '../../pkg-packer/packer.js';
import { EngineLoader } from '../engine/engine-loader.js';
import { startEngine } from '../engine/start.js';
import { packedContent } from '../loading/fingerprint.js';
import { loadModel } from '../loading/load-model.js';
import { headerFields } from '../loading/safetensors.js';
import type { ModelSink } from '../loading/types.js';
import { checkCompactOptions } from '../models/options.js';
import { originalToPack, type PackOptions } from '../models/pack.js';
import { throwIfAborted } from '../shared/abort.js';
import { EdgeBertError } from '../shared/errors.js';
import type { Bytes, NamedText } from '../shared/types.js';
import { compactFile, compactSize, type CodedTensors } from './compact-file.js';
import { codedNames, configOf, packerTensors, Tensors } from './original.js';
import { startPacker } from './start-packer.js';

/** Options of `packCompact`. */
export interface CompactOptions extends PackOptions {
  /**
   * How large the file may be, in MB of 1,000,000 bytes. It will be about 0.5 % smaller at most, unless
   * int8 itself needs less.
   */
  size: number;
  /**
   * Texts of the kind that the model is for, one or two thousand of them. With them, rounding makes up for
   * its own errors, and bits go where they matter most; it takes minutes. Without them, bits follow the
   * spread of the weights and the order of the vocabulary.
   */
  texts?: readonly string[];
  /** Called between steps with the part of the work that is done, from 0 to 1. */
  onPacking?: (done: number) => void;
}

/** Of more texts, only the pieces are counted. */
const MOST_TEXTS = 1024;
/** Longer texts are cut: attention would take most of the time. */
const LONGEST_TEXT = 128;
/** Tokens that run together. */
const BATCH = 768;
const MOST_ATTEMPTS = 12;
/** How close below the size the file has to be. */
const CLOSE = 0.995;
const AIM = 0.998;
/** What `decoded` takes in the header; the size of a file is known before its content is. */
const DECODED = JSON.stringify({ version: '1', sha256: '0'.repeat(64) });
/** About what each block takes in the header, and what is not entropy-coded of it. */
const BLOCK_BYTES = 150;
/** Weights of a block. */
const BLOCK = 1 << 18;

/**
 * Makes a compact file of a model's original weights: a packed file of the size that you choose, whose
 * weights are entropy-coded. It loads as an int8 file does. The same input gives the same bytes.
 *
 * @param source the id of a model on the Hugging Face hub, or the address of a model's folder
 * @throws TypeError or RangeError for an option that is not as described here; EdgeBertError
 * `unsupported` for a size that is too small for the model, and what `pack` throws.
 */
export async function packCompact(source: string | URL, options: CompactOptions): Promise<Blob> {
  checkCompactOptions(options);
  const { texts = [], signal, wasmUrl } = options;
  // As far as `pack` knows them.
  const { size: _size, texts: _texts, onPacking: _onPacking, ...loading } = options;
  await startPacker();
  const engine = new EngineLoader('int8', startEngine(wasmUrl));
  const sink = new RecordingSink(engine);
  try {
    await loadModel(originalToPack(source, loading), { ...loading, cache: 'none' }, sink, signal);
    const packed = new Tensors(await exported(engine, signal), 'the packed file');
    const tokenized = texts.map((text) => shortened(engine.engine.tokenize(text) as Uint32Array));
    const packing = new Packing(packed, sink.take(), options);
    const coded = await packing.run(tokenized.filter((ids) => ids.length > 0));
    return await compactFile(packed, coded.tensors, {
      ...coded.about,
      decoded: await decodedFile(await compactFile(packed, coded.tensors, coded.about), wasmUrl, signal),
    });
  } finally {
    engine.dispose();
  }
}

/** Decodes a compact file, and says which packed file its model is equal to: see `Layout.decoded`. */
async function decodedFile(
  file: Blob,
  wasmUrl: string | URL | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  const engine = new EngineLoader('compact', startEngine(wasmUrl));
  try {
    await engine.begin([]);
    engine.push(new Uint8Array(await file.arrayBuffer()));
    engine.finish();
    const { header, hashes } = await packedContent(engine, signal);
    const { version } = headerFields(header.subarray(8), 'the decoded file').metadata as { version: string };
    return JSON.stringify({ version, sha256: hashes[0] });
  } finally {
    engine.dispose();
  }
}

/** A text's ids, of which the last, [SEP], is kept where there are too many. */
function shortened(ids: Uint32Array): Uint32Array {
  if (ids.length <= LONGEST_TEXT) return ids;
  const short = ids.slice(0, LONGEST_TEXT);
  short[LONGEST_TEXT - 1] = ids.at(-1)!;
  return short;
}

/** One model on its way through the packer. */
class Packing {
  readonly #packed: Tensors;
  readonly #options: CompactOptions;
  readonly #packer: Packer;
  readonly #names: string[];

  constructor(packed: Tensors, original: Tensors, options: CompactOptions) {
    this.#packed = packed;
    this.#options = options;
    const config = configOf(packed);
    this.#names = codedNames(config);
    const { pooling = '' } = packed.metadata;
    this.#packer = new Packer(
      config.num_hidden_layers,
      config.hidden_size,
      config.num_attention_heads,
      config.intermediate_size,
      config.layer_norm_eps,
      config.hidden_act,
      config.pad_token_id === undefined ? 0 : config.pad_token_id + 1,
      pooling.includes('cls'),
    );
    for (const [name, values] of packerTensors(packed, original)) this.#packer.tensor(name, values);
  }

  async run(
    texts: readonly Uint32Array[],
  ): Promise<{ tensors: CodedTensors; about: Record<string, string> }> {
    try {
      await this.#calibrate(texts);
      const about = { compact_size: String(this.#options.size), calibration_texts: String(texts.length) };
      return { tensors: await this.#code(about), about };
    } finally {
      this.#packer.free();
    }
  }

  async #calibrate(texts: readonly Uint32Array[]): Promise<void> {
    if (texts.length > 0) {
      const [rows = 0] = this.#packed.shape(this.#names[0]!);
      const counts = new Uint32Array(rows);
      for (const ids of texts) for (const id of new Set(ids)) counts[id]!++;
      this.#packer.count(counts, texts.length);
    }
    const chosen = spread(texts, MOST_TEXTS);
    let done = 0;
    for (const batch of batches(chosen)) {
      const ids = new Uint32Array(batch.flatMap((text) => [...text]));
      this.#packer.calibrate(
        ids,
        Uint32Array.from(batch, ({ length }) => length),
      );
      done += batch.length;
      await this.#report((0.6 * done) / chosen.length);
    }
    const vocabulary = new TextDecoder().decode(this.#packed.bytes('tokenizer.vocabulary'));
    this.#packer.plan(vocabulary, specialIds(this.#packed.metadata.tokenizer ?? '{}', vocabulary));
    await this.#report(0.65);
  }

  /** Rounds and codes until the file has the size that was asked for. */
  async #code(about: Record<string, string>): Promise<CodedTensors> {
    const packer = this.#packer;
    const limit = this.#options.size * 1e6;
    const empty = { tables: new Uint8Array(), blocks: new Map(this.#names.map((name) => [name, []])) };
    const blocks = this.#names.length + packer.weights / BLOCK;
    const whole = { ...about, decoded: DECODED };
    const room = limit - compactSize(this.#packed, empty, whole) - BLOCK_BYTES * blocks;
    if (room <= 0) throw this.#tooSmall();
    let level = packer.levelOf(room);
    // Levels that gave too large a file, and one that fits.
    let [low, high] = [0, Infinity];
    let [fitting, largest]: [CodedTensors | undefined, number] = [undefined, 0];
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      for (let tensor = 0; tensor < packer.tensors; tensor++) {
        packer.round(level);
        await this.#report(0.65 + (0.35 * (attempt - 1 + tensor / packer.tensors)) / MOST_ATTEMPTS);
      }
      packer.encode();
      const coded = this.#coded();
      const size = compactSize(this.#packed, coded, whole);
      if (size > limit) low = level;
      else high = level;
      // Where a lower level makes no larger file, steps are as narrow as int8 allows.
      const settled = size <= limit && (size >= CLOSE * limit || size === largest);
      if (size <= limit && size >= largest) [fitting, largest] = [coded, size];
      if (settled) break;
      level = widened(level, (8 * (size - AIM * limit)) / packer.weights);
      if (level <= low || level >= high)
        level = high === Infinity ? low * 4 : Math.sqrt(low * high) || high / 4;
    }
    if (!fitting) throw this.#tooSmall();
    await this.#report(1);
    return fitting;
  }

  #coded(): CodedTensors {
    const blocksOf = (tensor: number) => {
      const blocks: Bytes[] = [];
      for (let bytes; (bytes = this.#packer.block(tensor, blocks.length));) blocks.push(bytes as Bytes);
      return blocks;
    };
    const blocks = new Map(this.#names.map((name, tensor) => [name, blocksOf(tensor)]));
    return { tables: this.#packer.tables() as Bytes, blocks };
  }

  async #report(done: number): Promise<void> {
    this.#options.onPacking?.(done);
    // Lets the page show progress, or abort.
    await new Promise((resolve) => setTimeout(resolve));
    throwIfAborted(this.#options.signal);
  }

  #tooSmall(): EdgeBertError {
    return new EdgeBertError(
      'unsupported',
      `This model does not fit into ${this.#options.size} MB: choose a larger \`size\``,
    );
  }
}

/**
 * The level that takes about so many bits less for each weight; a bit is a step twice as wide. It needs only
 * operations that every engine rounds alike: `2 ** bits` is not one of them.
 */
function widened(level: number, bits: number): number {
  const change = Math.LN2 * bits;
  return change > 0 ? level * (1 + change) : level / (1 - change);
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

/** The ids of tokens such as [CLS], which texts have whatever they say: see src/tokenizer/read/packed.rs. */
function specialIds(tokenizer: string, vocabulary: string): Uint32Array {
  const {
    added_tokens: added = [],
    post_processor: processor,
    model,
  } = JSON.parse(tokenizer) as {
    added_tokens?: { id: number }[];
    post_processor?: { special_tokens?: Record<string, { ids: number[] }> };
    model?: { unk_token?: string };
  };
  const templates = Object.values(processor?.special_tokens ?? {}).flatMap(({ ids }) => ids);
  const unknown = vocabulary.split('\n').indexOf(model?.unk_token ?? '');
  const ids = [...added.map(({ id }) => id), ...templates, unknown];
  return new Uint32Array([...new Set(ids)].filter((id) => id >= 0));
}

/** The int8 file of what `engine` has. */
async function exported(engine: EngineLoader, signal: AbortSignal | undefined): Promise<Bytes> {
  const pieces: Bytes[] = [];
  const { header } = await packedContent(engine, signal, (piece) => pieces.push(piece));
  return joined([header, ...pieces]);
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

  push(piece: Bytes): void {
    this.#pieces.push(piece.slice());
    this.#sink.push(piece);
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
    const file = joined(this.#pieces);
    this.#pieces = [];
    return new Tensors(file, 'the original');
  }
}

function joined(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
