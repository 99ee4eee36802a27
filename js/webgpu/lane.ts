import type { Engine } from '../engine/engine-loader.js';
import { messageOf } from '../shared/errors.js';
import { GpuFailure, isFallback, OutOfMemory, requestAdapter, requestDevice } from './device.js';
import { bufferSize, GpuEncoder, IN_FLIGHT } from './encoder.js';
import { joined } from '../shared/joined.js';
import { PackedModel } from './packed.js';
import { LONGEST_TEXT } from './positions.js';
import { selfTest } from './self-test.js';
import { NotOnGpu, shapeOf } from './shape.js';
import type { Trial, Work } from './types.js';
import { layOut } from './weights.js';
import { finish, part, tokenize, total, type Batch } from './work.js';

/** What a lane has beside it in its worker. */
export interface Host {
  readonly engine: Engine;
  /** The same work on wasm, on this thread. */
  onWasm(work: Work): Float32Array;
  /** Told once, when wasm replaces the GPU for good, and why. */
  onShut(reason: string): void;
}

/** Milliseconds that a submit takes at most: the page's own frames share the GPU. */
const LONGEST_SUBMIT = 40;
/** Tokens of a submit at most: 6 MB of rows to read for a hidden size of 384. */
const MOST_TOKENS = 4096;
/** Losses of a device after which there is no other try. */
const MOST_LOSSES = 2;
/** How many times as fast as all wasm workers the GPU must be. */
const WORTH_IT = 1.5;
/** Tokens of a trial on the GPU, and on wasm, which is as fast with few. */
const TRIAL_TOKENS = 1_000;
const TRIAL_WASM_TOKENS = 100;
/** Texts that wasm encodes in place of the GPU before it lets other requests in. */
const TEXTS_AT_ONCE = 4;

/**
 * Opens a device for the engine's model. With a `trial`, only where it is a GPU and worth it. Undefined where
 * wasm does the work.
 *
 * @throws EdgeBertError `unsupported` where there is no adapter or device for the model
 */
export async function openLane(host: Host, trial?: Trial): Promise<GpuLane | undefined> {
  const lane = new GpuLane(host, trial !== undefined);
  try {
    await lane.open();
    if (!trial || (await lane.isWorthIt(trial))) return lane;
  } catch (error) {
    // Whoever leaves the choice open hears of what is broken, and not of what a GPU cannot do.
    // A RangeError is an array that there is no memory for.
    const isBroken = [GpuFailure, OutOfMemory, RangeError].some((type) => error instanceof type);
    if (!isBroken && !(error instanceof NotOnGpu)) throw error;
    if (isBroken || !trial) host.onShut(`This model stays on wasm: ${messageOf(error)}`);
  }
  lane.close();
  return undefined;
}

/** A model on the GPU, with the engine's wasm as the way back. */
export class GpuLane {
  readonly #host: Host;
  readonly #onlyHardware: boolean;
  /** Undefined while there is no device. */
  #encoder: GpuEncoder | undefined;
  #losses = 0;
  #closed = false;
  /** Tokens of a submit at most; less after memory was short. */
  #most = MOST_TOKENS;

  /** Takes no adapter that computes on the processor if it must have hardware. */
  constructor(host: Host, onlyHardware: boolean) {
    this.#host = host;
    this.#onlyHardware = onlyHardware;
  }

  /** Requests a device, puts the model there and tests it. */
  async open(): Promise<void> {
    const { engine } = this.#host;
    const model = new PackedModel(engine);
    let encoder: GpuEncoder;
    try {
      const shape = shapeOf(model.configJson);
      const adapter = await requestAdapter();
      if (this.#onlyHardware && isFallback(adapter)) throw new NotOnGpu('its only adapter is the processor');
      await model.read();
      const weights = await layOut(model, shape);
      const largest = Math.max(
        ...[...weights.buffers, weights.params].map(({ byteLength }) => bufferSize(byteLength)),
        4 * MOST_TOKENS * Math.max(3 * shape.hidden, shape.intermediate),
      );
      const device = await requestDevice(adapter, largest);
      try {
        encoder = await GpuEncoder.create(device, shape, weights);
        await selfTest(engine, encoder, model.equalized);
      } catch (error) {
        device.destroy();
        throw error;
      }
    } finally {
      model.free();
    }
    if (this.#closed) {
      encoder.destroy();
      throw new GpuFailure('it was closed');
    }
    this.#encoder = encoder;
    void encoder.lost.then((reason) => this.#lose(encoder, reason));
  }

  /** Tokens a millisecond. */
  get rate(): number {
    return this.#encoder?.rate ?? 0;
  }

  /** Whether the GPU is faster than all of the wasm workers, by one piece of the same work on each. */
  async isWorthIt(trial: Trial): Promise<boolean> {
    const { engine, onWasm } = this.#host;
    const first = (tokens: number): [Work, number] => {
      const { lengths } = tokenize(engine, trial);
      let [texts, sum] = [0, 0];
      while (texts < lengths.length && sum < tokens) sum += lengths[texts++]!;
      return [{ ...trial, texts: trial.texts.slice(0, texts) }, sum];
    };
    const [work, tokens] = first(TRIAL_TOKENS);
    // The first run makes room, and finds out how much fits in a submit.
    await this.run(work);
    const began = performance.now();
    await this.run(work);
    const gpu = tokens / since(began);
    const [few, fewTokens] = first(TRIAL_WASM_TOKENS);
    const beganWasm = performance.now();
    onWasm(few);
    const wasm = fewTokens / since(beganWasm);
    return this.#encoder !== undefined && gpu >= WORTH_IT * trial.workers * wasm;
  }

  /** Numbers of each text. What the GPU cannot do, wasm does. */
  async run(work: Work): Promise<Float32Array> {
    const batch = tokenize(this.#host.engine, work);
    const count = work.texts.length;
    const results: Float32Array[] = [];
    let first = 0;
    let at = 0;
    const isShort = (text: number) => batch.lengths[text]! <= LONGEST_TEXT;
    // Sizes follow the rate as it is by then.
    const next = () => {
      const begin = first;
      let tokens = batch.lengths[first++]!;
      const most = this.#submitTokens();
      const fits = () => first < count && isShort(first) && tokens + batch.lengths[first]! <= most;
      while (isShort(begin) && fits()) tokens += batch.lengths[first++]!;
      const own = part(batch, begin, first, at);
      at += tokens;
      return { index: begin, work: { ...work, texts: work.texts.slice(begin, first) }, batch: own };
    };
    const inOrder = async () => {
      while (first < count) {
        const { index, work, batch } = next();
        results[index] = await (isShort(index) ? this.#submit(work, batch) : this.#onWasm(work));
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, inOrder));
    return joined(Object.values(results), Float32Array);
  }

  /** Gives the device up. */
  close(): void {
    this.#closed = true;
    const encoder = this.#encoder;
    this.#encoder = undefined;
    encoder?.destroy();
  }

  /** Gives the device up, and ends the worker. */
  end(): void {
    this.close();
    globalThis.close();
  }

  #submitTokens(): number {
    return Math.min(this.#most, LONGEST_SUBMIT * this.rate);
  }

  /** Numbers of the texts of one submit. */
  async #submit(work: Work, batch: Batch): Promise<Float32Array> {
    const encoder = this.#encoder;
    if (!encoder) return this.#onWasm(work);
    try {
      return finish(this.#host.engine, work, batch, await encoder.encode(batch));
    } catch (error) {
      if (!(error instanceof OutOfMemory)) {
        this.#lose(encoder, messageOf(error));
        return this.#onWasm(work);
      }
      const { length } = work.texts;
      this.#most = Math.max(1, Math.min(this.#most, Math.floor(batch.ids.length / 2)));
      if (length === 1) return this.#onWasm(work);
      const middle = Math.ceil(length / 2);
      const tokens = total(batch.lengths.subarray(0, middle));
      const left = { ...work, texts: work.texts.slice(0, middle) };
      const right = { ...work, texts: work.texts.slice(middle) };
      const both = [
        await this.#submit(left, part(batch, 0, middle, 0)),
        await this.#submit(right, part(batch, middle, length, tokens)),
      ];
      return joined(both, Float32Array);
    }
  }

  async #onWasm(work: Work): Promise<Float32Array> {
    const results: Float32Array[] = [];
    for (let first = 0; first < work.texts.length; first += TEXTS_AT_ONCE) {
      // A query may be waiting.
      if (first > 0) await new Promise((resolve) => setTimeout(resolve));
      results.push(this.#host.onWasm({ ...work, texts: work.texts.slice(first, first + TEXTS_AT_ONCE) }));
    }
    return joined(results, Float32Array);
  }

  /** Gives a device up that failed, and tries another one, once. */
  #lose(encoder: GpuEncoder, reason: string): void {
    if (encoder !== this.#encoder) return;
    this.#encoder = undefined;
    encoder.destroy();
    if (++this.#losses >= MOST_LOSSES) {
      this.#host.onShut(givenUp(reason));
      return;
    }
    this.open().catch((error: unknown) => {
      if (!this.#closed) this.#host.onShut(givenUp(`${reason}; then ${messageOf(error)}`));
    });
  }
}

/** Milliseconds, of which a browser that resists fingerprinting may show none. */
function since(time: number): number {
  return Math.max(performance.now() - time, 0.1);
}

function givenUp(reason: string): string {
  return `The GPU was given up until the page is reloaded, and wasm replaces it: ${reason}`;
}
