import { Loader, type Engine, type Exporter } from '../../pkg/edgebert.js';
import { EdgeBertError } from '../shared/errors.js';
import type { ModelSink } from '../loading/types.js';
import type { Bytes, KernelChoice, KernelFinding, NamedText, Precision } from '../shared/types.js';
import { crashCount, engineCall, release } from './engine-call.js';
import { infoOf } from './run.js';
import { renewEngine } from './start.js';
import { findingFor, loadFor, resolveKernels, tryKernels, type Relaxed } from './kernel.js';
import type { CalibrationPlace, EngineInfo, EngineOutline } from './types.js';
import { openCalibration, type Calibration } from './calibration-script.js';

export type { Engine };

/** Looks at a model before its weights are downloaded, and may say how long its texts may be. */
export type Verify = (outline: EngineOutline) => number | undefined;

/** The encoders that the script for it calibrates. */
const CALIBRATED = ['bert', 'roberta', 'distilbert'];
/** Narrower ones take no time with 14 bits either, and in few channels 7 bits average out less well. */
const LEAST_HIDDEN = 128;

/** Streams a model into the engine on this thread. */
export class EngineLoader implements ModelSink {
  readonly #precision: Precision;
  readonly #ready: Promise<void>;
  readonly #verify: Verify;
  readonly #choice: KernelChoice;
  #relaxed: Relaxed = { sevenBits: false, fourteenBits: false };
  #failed = false;
  #disposed = false;
  #verified = false;
  #crashes = 0;
  #loader: Loader | undefined;
  #engine: Engine | undefined;
  #exporter: Exporter | undefined;
  #used: Uint32Array | undefined;
  #calibration: Calibration | undefined;

  /** `ready` settles when the engine is ready; work that does not need it can run until then. */
  constructor(
    precision: Precision,
    ready: Promise<void>,
    verify: Verify = () => undefined,
    kernel: KernelChoice = 'auto',
  ) {
    this.#precision = precision;
    this.#ready = ready;
    this.#verify = verify;
    this.#choice = precision === 'f32' ? 'simd128' : kernel;
    // Avoids an unhandled rejection; `begin` rethrows it.
    ready.catch(() => (this.#failed = true));
  }

  get engineFailed(): boolean {
    return this.#failed;
  }

  async begin(files: Iterable<NamedText>, remembered?: KernelFinding): Promise<KernelFinding | undefined> {
    await this.#ready;
    renewEngine();
    await tryKernels(this.#choice, remembered);
    const given = [...files];
    this.start(given, remembered);
    const loader = this.#live(this.#loader);
    // A packed file has none.
    if (given.length > 0) engineCall(() => loader.readFiles());
    this.#look();
    return findingFor(this.#choice);
  }

  /** `begin` where the engine is known to be ready. The weights are at hand, so files are read with them. */
  start(files: Iterable<NamedText>, remembered?: KernelFinding): void {
    if (this.#disposed) dropped();
    this.#reset();
    renewEngine();
    this.#crashes = crashCount();
    engineCall(() => {
      this.#relaxed = resolveKernels(this.#choice, remembered);
      // A compact file is decoded into int8.
      this.#loader = new Loader(this.#precision === 'f32' ? 'f32' : 'int8');
      for (const [name, text] of files) this.#loader.file(name, text);
    });
  }

  push(piece: Uint8Array, checksum?: number): void {
    const loader = this.#live(this.#loader);
    engineCall(() => {
      // Matrices are laid out in one of these calls, and another model may be loading in between.
      loadFor(this.#relaxed);
      loader.push(piece, checksum);
    });
    if (!this.#verified) this.#look();
  }

  /**
   * What the model is, once that is known: after `begin` from the files beside an encoder's weights,
   * otherwise after the first piece.
   */
  get outline(): EngineOutline | undefined {
    const loader = this.#live(this.#loader);
    return engineCall(() => loader.outline() as EngineOutline | undefined);
  }

  finish(): void {
    const loader = this.#live(this.#loader);
    this.#loader = undefined;
    this.#engine = engineCall(() => loader.finish());
  }

  async calibrate(original: readonly Bytes[], place?: CalibrationPlace): Promise<boolean> {
    const { architecture, hidden, maxLength } = this.info;
    if (!CALIBRATED.includes(architecture) || hidden < LEAST_HIDDEN) return true;
    this.#calibration ??= await openCalibration(this, original, place);
    const { done, value } = await this.#calibration.next();
    if (!done) return false;
    this.start([], findingFor(this.#choice));
    for (const piece of value) this.push(piece);
    this.limit(maxLength);
    this.finish();
    return true;
  }

  /** After `finish`: what the engine says of the model. */
  get info(): EngineInfo {
    return infoOf(this.engine);
  }

  /** After `finish`: what is exported has no more of the vocabulary than texts with these token ids need. */
  exportFor(used: Uint32Array): void {
    this.#used = used;
  }

  exportPiece(): Bytes | undefined {
    const { engine } = this;
    // wasm-bindgen copies what it returns, so the buffer is not the engine's memory.
    return engineCall(() => {
      this.#exporter ??= this.#used ? engine.exporterFor(this.#used) : engine.exporter();
      return this.#exporter.next(engine) as Bytes | undefined;
    });
  }

  exportHeader(hashes: string[]): Bytes {
    const exporter = this.#live(this.#exporter);
    this.#exporter = undefined;
    try {
      return engineCall(() => exporter.header(hashes) as Bytes);
    } finally {
      release(exporter, this.#crashes);
    }
  }

  /** Once there is an outline: sets the longest text, in tokens. */
  limit(maxLength: number): void {
    const loader = this.#live(this.#loader);
    engineCall(() => (loader.maxLength = maxLength));
  }

  /** After `finish`: the engine with its model, freed with the loader. */
  get engine(): Engine {
    return this.#live(this.#engine);
  }

  /** The engine, which the caller frees from now on. */
  take(): Engine {
    const { engine } = this;
    this.#engine = undefined;
    this.dispose();
    return engine;
  }

  /** Frees whatever was not taken. Nothing can be loaded afterwards. */
  dispose(): void {
    this.#disposed = true;
    this.#reset();
  }

  /** Another model than was wanted is refused as soon as that shows. */
  #look(): void {
    const { outline } = this;
    if (!outline) return;
    this.#verified = true;
    const maxLength = this.#verify(outline);
    if (maxLength !== undefined) this.limit(maxLength);
  }

  /** An instance that has crashed is unusable. */
  #live<Handle>(handle: Handle | undefined): Handle {
    return handle && this.#crashes === crashCount() ? handle : dropped();
  }

  #reset(): void {
    for (const handle of [this.#exporter, this.#loader, this.#engine]) release(handle, this.#crashes);
    // One that was cancelled gives its memory back.
    this.#calibration?.return([]).catch(() => {});
    this.#exporter = this.#loader = this.#engine = this.#used = this.#calibration = undefined;
    this.#verified = false;
  }
}

function dropped(): never {
  throw new EdgeBertError('state', 'The model was dropped while it was being loaded. Load it again.');
}
