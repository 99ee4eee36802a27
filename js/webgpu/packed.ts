import type { Engine } from '../engine/engine-loader.js';
import { breather } from './breather.js';
import { NotOnGpu } from './shape.js';

interface Entry {
  readonly dtype: string;
  readonly shape: readonly [number, number];
  readonly data_offsets: readonly [number, number];
}

/** An int8 matrix: a row for each output or word, with one scale for each group of a row's elements. */
export interface Int8Matrix {
  readonly rows: number;
  readonly width: number;
  readonly values: Uint8Array;
  /** Row by row. */
  readonly scales: Float32Array;
  readonly groups: number;
}

/** The version of packed files whose maps have equalised inputs: see src/packed/mod.rs. */
const EQUALIZED_VERSION = '3';

/** The tensors of a model, out of the engine that has it: what a copy of the model is made of. */
export class PackedModel {
  readonly configJson: string;
  /** Whether maps multiply their inputs by an `equalization`. */
  readonly equalized: boolean;
  readonly #entries: Readonly<Record<string, Entry>>;
  readonly #exporter: ReturnType<Engine['exporter']>;
  readonly #engine: Engine;
  #data = new Uint8Array(0);

  /** Throws {@link NotOnGpu} for a float32 model. `free` it in any case. */
  constructor(engine: Engine) {
    this.#engine = engine;
    if ((engine.info() as { precision: string }).precision === 'f32') {
      throw new NotOnGpu('it is held in float32');
    }
    this.#exporter = engine.exporter();
    const { __metadata__: metadata, ...entries } = JSON.parse(this.#exporter.layout()) as {
      __metadata__: { config: string; version: string };
    };
    this.configJson = metadata.config;
    this.equalized = metadata.version === EQUALIZED_VERSION;
    this.#entries = entries as unknown as Record<string, Entry>;
  }

  /** Reads the data, of which `int8` and `floats` then give parts. */
  async read(): Promise<void> {
    const breathe = breather();
    const ends = Object.values(this.#entries).map(({ data_offsets: [, end] }) => end);
    this.#data = new Uint8Array(Math.max(...ends));
    let at = 0;
    const next = () => this.#exporter.next(this.#engine);
    for (let piece = next(); piece; piece = next()) {
      this.#data.set(piece, at);
      at += piece.length;
      await breathe();
    }
  }

  /** The matrix `<name>.weight`, whose rows have a scale for each `group` of their elements. */
  int8(name: string, group: number): Int8Matrix {
    const weight = `${name}.weight`;
    const { shape, bytes: values } = this.#entry(weight, 'I8');
    const [rows, width] = shape;
    const scales = this.#scales(`${weight}.scale`);
    const groups = Math.ceil(width / group);
    if (scales.length !== rows * groups) throw otherForm(name);
    return { rows, width, values, scales, groups };
  }

  floats(name: string): Float32Array {
    return new Float32Array(this.#entry(name, 'F32').bytes.slice().buffer);
  }

  #scales(name: string): Float32Array {
    if (this.#entries[name]?.dtype !== 'BF16') return this.floats(name);
    const bits = new Uint16Array(this.#entry(name, 'BF16').bytes.slice().buffer);
    return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
  }

  free(): void {
    this.#exporter.free();
  }

  #entry(name: string, type: string) {
    const entry = this.#entries[name];
    if (entry?.dtype !== type) throw otherForm(name);
    return { shape: entry.shape, bytes: this.#data.subarray(...entry.data_offsets) };
  }
}

function otherForm(name: string): NotOnGpu {
  return new NotOnGpu(`the GPU does not read the form of its ${name}`);
}
