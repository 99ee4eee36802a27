import { Packer } from '../../pkg-packer/packer.js';
import { EngineLoader } from '../engine/engine-loader.js';
import { startEngine } from '../engine/start.js';
import { packedContent } from '../loading/fingerprint.js';
import { headerFields } from '../loading/safetensors.js';
import { checkCompactOptions } from '../models/options.js';
import type { PackOptions } from '../models/pack.js';
import { EdgeBertError } from '../shared/errors.js';
import type { Bytes } from '../shared/types.js';
import { calibrate, calibrationIds, packerOf, report } from './calibration.js';
import { compactFile, compactSize, type CodedTensors } from './compact-file.js';
import { codedNames, configOf, hasOwnInput, mapsOf, plainMatrices, type Tensors } from './original.js';
import { tooLarge } from './memory.js';
import { recordedModel, type RecordedModel } from './recorded-model.js';
import { upperHalves, type Tensor } from './safetensors-header.js';
import { packerFile } from './packer-file.js';
import { startPacker } from './start-packer.js';

/** Options of `packCompact`. */
export interface CompactOptions extends Omit<PackOptions, 'vocabularyFor'> {
  /**
   * How large the file may be, in MB of 1,000,000 bytes. It will be about 0.5 % smaller at most, unless
   * int8 itself needs less.
   */
  size: number;
  /**
   * Texts of the kind that the model is for, one or two thousand of them. With them, activations are rounded
   * to 7 bits as in calibrated int8 files, which is faster, rounding of weights makes up for its own errors,
   * and bits go where they matter most; packing takes minutes. Without them, activations have 14 bits, and
   * bits follow the spread of the weights and the order of the vocabulary.
   */
  texts?: readonly string[];
  /** Called between steps with the part of the work that is done, from 0 to 1. */
  onPacking?: (done: number) => void;
}

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
 * BERT, Roberta and DistilBERT encoders can be calibrated with `texts`. Others, static models too, and those
 * that are too large for it, are packed as without texts, and `onWarning` is told.
 *
 * @param source the id of a model on the Hugging Face hub, or the address of a model's folder
 * @throws TypeError or RangeError for an option that is not as described here; EdgeBertError
 * `unsupported` for a size that is too small for the model; and what `pack` throws.
 */
export async function packCompact(source: string | URL, options: CompactOptions): Promise<Blob> {
  checkCompactOptions(options);
  const { texts = [], signal, wasmUrl } = options;
  // As far as `pack` knows them.
  const { size: _size, texts: _texts, onPacking: _onPacking, ...loading } = options;
  await startPacker(packerFile());
  const model = await recordedModel(source, loading);
  try {
    const { packed } = model;
    const ids = calibrationIds(model, texts, options.onWarning, tooLarge);
    const coded = await new Packing(model, ids, options).run();
    return await compactFile(packed, coded.tensors, {
      ...coded.about,
      decoded: await decodedFile(await compactFile(packed, coded.tensors, coded.about), wasmUrl, signal),
    });
  } finally {
    model.engine.dispose();
  }
}

/** Decodes a compact file, and says which packed file its model is equal to: see `Layout.decoded`. */
async function decodedFile(
  file: Blob,
  wasmUrl: string | URL | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  const engine = new EngineLoader('compact', startEngine({ wasmUrl }));
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

/** One model on its way through the packer. */
class Packing {
  readonly #packed: Tensors;
  readonly #options: CompactOptions;
  readonly #packer: Packer;
  readonly #names: string[];
  /** Those of calibration. */
  readonly #texts: readonly Uint32Array[];

  constructor(model: RecordedModel, texts: readonly Uint32Array[], options: CompactOptions) {
    this.#packed = model.packed;
    this.#options = options;
    this.#texts = texts;
    this.#names = codedNames(model.packed);
    this.#packer = texts.length > 0 ? packerOf(model) : plainPacker(model);
  }

  async run(): Promise<{ tensors: CodedTensors; about: Record<string, string> }> {
    try {
      await this.#calibrate(this.#texts);
      const about = {
        compact_size: String(this.#options.size),
        calibration_texts: String(this.#texts.length),
      };
      return { tensors: await this.#code(about), about };
    } finally {
      this.#packer.free();
    }
  }

  async #calibrate(texts: readonly Uint32Array[]): Promise<void> {
    const [rows = 0] = this.#packed.shape(this.#names[0]!);
    if (texts.length > 0) {
      const counts = new Uint32Array(rows);
      for (const ids of texts) for (const id of new Set(ids)) counts[id]!++;
      this.#packer.count(counts, texts.length);
    }
    await calibrate(this.#packer, texts, 0.6, this.#options);
    const vocabulary = new TextDecoder().decode(this.#packed.bytes('tokenizer.vocabulary'));
    const pieces = piecesOf(this.#packed.metadata.tokenizer ?? '{}', vocabulary, rows);
    this.#packer.plan(pieces, specialIds(this.#packed.metadata.tokenizer ?? '{}', vocabulary));
    await report(0.65, this.#options);
  }

  /** Rounds and codes until the file has the size that was asked for. */
  async #code(about: Record<string, string>): Promise<CodedTensors> {
    const packer = this.#packer;
    const limit = this.#options.size * 1e6;
    const equalizations = this.#equalizations();
    const blocksOfNone = new Map(this.#names.map((name) => [name, []]));
    const empty = { tables: new Uint8Array(), blocks: blocksOfNone, equalizations };
    const blocks = this.#names.length + packer.weights / BLOCK;
    const whole = { ...about, decoded: DECODED };
    const rest = compactSize(this.#packed, empty, whole) + BLOCK_BYTES * blocks;
    const room = limit - rest;
    if (room <= 0) throw this.#tooSmall(rest);
    let level = packer.levelOf(room);
    // Levels that gave too large a file, and one that fits.
    let [low, high] = [0, Infinity];
    let [fitting, largest]: [CodedTensors | undefined, number] = [undefined, 0];
    // Near int8's own size, most rows have the narrowest steps there are, whatever the level.
    let [strides, before] = [1, Infinity];
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      for (let tensor = 0; tensor < packer.tensors; tensor++) {
        packer.round(level);
        const done = (attempt - 1 + tensor / packer.tensors) / MOST_ATTEMPTS;
        await report(0.65 + 0.35 * done, this.#options);
      }
      packer.encode();
      const coded = { ...this.#coded(), equalizations };
      const size = compactSize(this.#packed, coded, whole);
      if (size > limit) low = level;
      else high = level;
      // Where a lower level makes no larger file, steps are as narrow as int8 allows.
      const settled = size <= limit && (size >= CLOSE * limit || size === largest);
      if (size <= limit && size >= largest) [fitting, largest] = [coded, size];
      if (settled) break;
      strides = (before - size) / (before - AIM * limit) < 0.5 ? 2 * strides : 1;
      before = size;
      level = widened(level, (strides * 8 * (size - AIM * limit)) / packer.weights);
      if (level <= low || level >= high)
        level = high === Infinity ? low * 4 : Math.sqrt(low * high) || high / 4;
    }
    if (!fitting) throw this.#tooSmall(rest);
    await report(1, this.#options);
    return fitting;
  }

  /** What inputs are multiplied by, if there were texts to find that. */
  #equalizations(): Tensor[] {
    if (this.#texts.length === 0) return [];
    return mapsOf(configOf(this.#packed)).flatMap((names, layer) =>
      names.flatMap((name, map) => {
        if (!hasOwnInput(map)) return [];
        const bytes = upperHalves(this.#packer.equalization(layer, map));
        return [{ name: `${name}.weight.equalization`, dtype: 'BF16', shape: [bytes.length / 2], bytes }];
      }),
    );
  }

  #coded(): Omit<CodedTensors, 'equalizations'> {
    const blocksOf = (tensor: number) => {
      const blocks: Bytes[] = [];
      for (let bytes; (bytes = this.#packer.block(tensor, blocks.length));) blocks.push(bytes as Bytes);
      return blocks;
    };
    const blocks = new Map(this.#names.map((name, tensor) => [name, blocksOf(tensor)]));
    return { tables: this.#packer.tables() as Bytes, blocks };
  }

  /** `rest` is what the file has beside its coded weights. */
  #tooSmall(rest: number): EdgeBertError {
    const { weights } = this.#packer;
    const megabytes = ((rest + weights / 2) / 1e6).toPrecision(3);
    return new EdgeBertError(
      'unsupported',
      `This model does not fit into ${this.#options.size} MB: choose a larger \`size\`. With 4 bits for each of its ` +
        `${weights} weights, the file takes ${megabytes} MB`,
    );
  }
}

/** A packer that has the matrices of any model. */
function plainPacker({ packed, original }: RecordedModel): Packer {
  const packer = Packer.plain();
  for (const { rowsOf, width, weights } of plainMatrices(packed, original)) {
    packer.matrix(rowsOf, width, weights);
  }
  return packer;
}

/**
 * The level that takes about so many bits less for each weight; a bit is a step twice as wide. It needs only
 * operations that every engine rounds alike: `2 ** bits` is not one of them.
 */
function widened(level: number, bits: number): number {
  const change = Math.LN2 * bits;
  return change > 0 ? level * (1 + change) : level / (1 - change);
}

/**
 * A piece a line. The vocabulary of WordPiece is that; of others, whose form differs, only the order counts,
 * which is that of their frequency.
 */
function piecesOf(tokenizer: string, vocabulary: string, rows: number): string {
  const { model } = JSON.parse(tokenizer) as { model?: { type?: string } };
  if (model?.type === 'WordPiece') return vocabulary;
  return Array.from({ length: rows }, (_, id) => `piece ${id}`).join('\n');
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
