import { Loader, type Engine, type Exporter } from '../../pkg/edgebert.js';
import { EdgeBertError, engineCall } from '../shared/errors.js';
import { infoOf, type Profile } from '../models/expectations.js';

import type { ModelSink } from '../loading/types.js';
import type { EngineInfo } from './types.js';
import type { Bytes, NamedText, Precision } from '../shared/types.js';

/** Streams a model into the engine on this thread. */
export class EngineSink implements ModelSink {
  readonly #precision: Precision;
  readonly #ready: Promise<void>;
  readonly #profile: Profile | undefined;
  #failed = false;
  #disposed = false;
  #loader: Loader | undefined;
  #engine: Engine | undefined;
  #exporter: Exporter | undefined;

  /**
   * `ready` settles when the engine is; until then, what comes before the bytes can go on. The
   * profile, where there is one, decides whether the model is the right one.
   */
  constructor(precision: Precision, ready: Promise<void>, profile?: Profile) {
    this.#precision = precision;
    this.#ready = ready;
    this.#profile = profile;
    // Whoever begins hears of the failure.
    ready.catch(() => (this.#failed = true));
  }

  get engineFailed(): boolean {
    return this.#failed;
  }

  async begin(files: Iterable<NamedText>): Promise<void> {
    await this.#ready;
    this.start(files);
  }

  /** `begin` where the engine is known to be ready. */
  start(files: Iterable<NamedText>): void {
    if (this.#disposed) fail();
    this.#reset();
    engineCall(() => {
      this.#loader = new Loader(this.#precision);
      for (const [name, text] of files) this.#loader.file(name, text);
    });
  }

  push(piece: Uint8Array): void {
    const loader = this.#loader ?? fail();
    engineCall(() => loader.push(piece));
  }

  finish(): void {
    const loader = this.#loader ?? fail();
    this.#loader = undefined;
    this.#engine = engineCall(() => loader.finish());
    const maxLength = this.#profile?.admit(this.info);
    if (maxLength !== undefined) this.limit(maxLength);
  }

  /** After `finish`: what the engine says of the model. */
  get info(): EngineInfo {
    return infoOf(this.engine);
  }

  exportPiece(): Bytes | undefined {
    const engine = this.#engine ?? fail();
    // wasm-bindgen copies what it returns, so the buffer is not the engine's memory.
    return engineCall(() => {
      this.#exporter ??= engine.exporter();
      return this.#exporter.next() as Bytes | undefined;
    });
  }

  exportHeader(hashes: string[]): Bytes {
    const exporter = this.#exporter ?? fail();
    this.#exporter = undefined;
    try {
      return engineCall(() => exporter.header(hashes) as Bytes);
    } finally {
      exporter.free();
    }
  }

  /** After `finish`: sets the longest text, in word pieces. */
  limit(maxLength: number): void {
    const { engine } = this;
    engineCall(() => (engine.maxLength = maxLength));
  }

  /** After `finish`: the engine with its model, freed with the sink. */
  get engine(): Engine {
    return this.#engine ?? fail();
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

  #reset(): void {
    this.#exporter?.free();
    this.#loader?.free();
    this.#engine?.free();
    this.#exporter = this.#loader = this.#engine = undefined;
  }
}

function fail(): never {
  throw new EdgeBertError('state', 'The model was dropped while it was being loaded');
}
