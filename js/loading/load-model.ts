import { abortable, throwIfAborted } from '../shared/abort.js';
import { EdgeBertError, messageOf } from '../shared/errors.js';
import { platformFetch } from '../shared/platform-fetch.js';

import type { HttpOptions } from './http.js';
import type { SequentialFile } from './joined-file.js';
import { CacheWriter } from '../storage/cache-writer.js';
import { openStore } from '../storage/open-store.js';
import { Progress } from './progress.js';
import { readRemote, readStoredModel, type Expectation, type ReadResult } from './read-pieces.js';
import { RemoteFile } from './remote-file.js';
import { sha256 } from '../shared/sha256.js';
import type { ModelSink } from './types.js';
import type { ResolvedSource, Original, RemoteFileInfo } from './source.js';
import { keyOf, type ModelStore, type StoredModel } from '../storage/model-store.js';
import { withTabLock, type Turn } from '../storage/cross-tab-lock.js';
import type { LoadOptions } from './types.js';
import type { LoadProgress, NamedText } from '../shared/types.js';

/**
 * Brings a model's bytes into `sink`, from the first of these that has them: the cache, the packed
 * file, the original checkpoint (which the engine quantises while it streams in). Float32 reads
 * the original only. Whatever came over the network is kept for the next visit: int8 in its packed
 * form, float32 as it is.
 */
export async function loadModel(
  source: ResolvedSource,
  options: LoadOptions,
  sink: ModelSink,
  signal: AbortSignal | undefined,
): Promise<void> {
  await abortable(new Load(source, options, sink, signal).run(), signal);
}

/** Brings one model's bytes into any sink. */
export type ModelLoader = (sink: ModelSink, signal: AbortSignal | undefined) => Promise<void>;

class Load {
  readonly #source: ResolvedSource;
  readonly #options: LoadOptions;
  readonly #sink: ModelSink;
  readonly #key: string;
  readonly #progress: Progress;
  readonly #signal: AbortSignal | undefined;
  #store: ModelStore | undefined;
  /** While others wait for this load. */
  #turn: Turn | undefined;

  constructor(
    source: ResolvedSource,
    options: LoadOptions,
    sink: ModelSink,
    signal: AbortSignal | undefined,
  ) {
    this.#source = source;
    this.#options = options;
    this.#sink = sink;
    this.#key = keyOf(source.name, source.version);
    this.#progress = new Progress(
      (event) => {
        this.#turn?.announce(event);
        options.onProgress?.(event);
      },
      () => this.#turn?.advance(),
    );
    this.#signal = signal;
  }

  async run(): Promise<void> {
    throwIfAborted(this.#signal);
    this.#store = await this.#openStore();
    try {
      if (await this.#fromStore()) return;
      if (!this.#store) return await this.#fromNetwork();
      // One tab downloads; the others wait here, and find the model in the store.
      const onNews = ({ loaded, total, phase }: LoadProgress) => {
        this.#progress.expect(total);
        this.#progress.reach(loaded, phase === 'load' ? 'cache' : phase, false);
      };
      await withTabLock(`edgebert:${this.#key}`, this.#signal, onNews, async (turn) => {
        if (await this.#fromStore()) return;
        this.#turn = turn;
        await this.#fromNetwork();
      });
    } finally {
      this.#store?.close();
    }
  }

  async #openStore(): Promise<ModelStore | undefined> {
    const { packed, original } = this.#source;
    // What lies on this disk is not put there once more: it may be another model the next time.
    const local = (packed ?? original?.weights)?.url.startsWith('file:');
    if (local || this.#options.cache === 'none') return undefined;
    try {
      return await openStore();
    } catch (error) {
      this.#warn('state', `There is no cache for the model here: ${messageOf(error)}`, error);
      return undefined;
    }
  }

  /** Reads the model from the store; false where it is not there, or not as it was. */
  async #fromStore(): Promise<boolean> {
    const store = this.#store;
    if (!store) return false;
    let model: StoredModel | undefined;
    try {
      model = await store.find(this.#key);
    } catch (error) {
      this.#warn('state', `The cache can't be read: ${messageOf(error)}`, error);
    }
    if (!model) return false;
    if (!(await readStoredModel(store, model, this.#sink, this.#progress, this.#signal))) {
      this.#warn('integrity', `The cached model ${model.key} is damaged, and is loaded anew`);
      await store.delete(this.#key).catch(() => {});
      return false;
    }
    await this.#sink.finish();
    store.touch(this.#key).catch(() => {});
    this.#progress.end(true);
    return true;
  }

  async #fromNetwork(): Promise<void> {
    const { packed, original } = this.#source;
    if (packed) await this.#fromPacked(packed, original);
    else if (original) await this.#fromOriginal(original);
    this.#progress.end(false);
  }

  async #fromPacked(packed: RemoteFileInfo, original: Original | undefined): Promise<void> {
    const file = this.#remoteFile(packed.url);
    try {
      await this.#readAndKeep(file, { ...packed, packed: true }, []);
    } catch (error) {
      const absent = error instanceof EdgeBertError && error.code === 'network' && file.received === 0;
      if (!absent || !original || this.#sink.engineFailed) throw error;
      await this.#fromOriginalInstead(original, error);
    }
  }

  async #fromOriginalInstead(original: Original, reason: EdgeBertError): Promise<void> {
    try {
      await this.#fromOriginal(original);
    } catch (error) {
      if (!(error instanceof EdgeBertError) || error.code !== 'network') throw error;
      throw new EdgeBertError(
        'network',
        `The model ${this.#source.name} can't be had. The packed file: ${reason.message}. ` +
          `The original: ${error.message}.`,
        { cause: error },
      );
    }
  }

  async #fromOriginal({ weights, readFiles, findWeights }: Original): Promise<void> {
    const files = await readFiles(this.#http);
    const open = (url: string, place?: { offset: number }) => this.#remoteFile(url, place);
    const file = (await findWeights?.(files, this.#http, open)) ?? open(weights.url);
    if (this.#source.precision === 'f32') return this.#readAndKeep(file, weights, files);
    await this.#sink.begin(files);
    await this.#read(file, weights, this.#keeper(undefined), undefined);
    await this.#sink.finish();
    await this.#keepPacked();
  }

  /** Reads a file that is kept as it is, going on where an earlier visit was interrupted. */
  async #readAndKeep(
    file: SequentialFile,
    expectation: Expectation,
    files: readonly NamedText[],
  ): Promise<void> {
    const keeper = this.#keeper(this.#store);
    // Without a hash there is no telling whether what is there belongs to the same file.
    const provable = expectation.headerSha256 !== undefined || expectation.sha256 !== undefined;
    const begun = provable && this.#store ? { store: this.#store, key: this.#key } : undefined;
    if (!begun) await keeper.startOver();
    await this.#sink.begin(files);
    let result: ReadResult;
    try {
      result = await this.#read(file, expectation, keeper, begun);
    } catch (error) {
      if (!isWrongBytes(error)) throw error;
      await keeper.startOver();
      // One hash of the whole file can't tell which of the pieces is wrong: an earlier visit's?
      if (!begun || expectation.sha256 === undefined) throw error;
      await this.#sink.begin(files);
      file.reread(0);
      result = await this.#read(file, expectation, keeper, undefined);
    }
    try {
      await this.#sink.finish();
    } catch (error) {
      // Whole, and no model that is wanted here.
      await keeper.startOver();
      throw error;
    }
    await keeper.complete({ ...this.#record, ...result, files });
  }

  async #read(
    file: SequentialFile,
    expectation: Expectation,
    keeper: CacheWriter,
    begun: { store: ModelStore; key: string } | undefined,
  ): Promise<ReadResult> {
    try {
      return await readRemote({
        file,
        expectation,
        begun,
        keeper,
        sink: this.#sink,
        progress: this.#progress,
        signal: this.#signal,
      });
    } finally {
      file.close();
    }
  }

  /** Writes what the engine made of the original to the store, as the packed file it would be. */
  async #keepPacked(): Promise<void> {
    const keeper = this.#keeper(this.#store);
    if (!keeper.active) return;
    await keeper.startOver();
    const hashes: string[] = [];
    let bytes = 0;
    for (;;) {
      throwIfAborted(this.#signal);
      const piece = await this.#sink.exportPiece();
      if (!piece) break;
      hashes.push(await sha256(piece));
      bytes += piece.length;
      await keeper.write(hashes.length, piece);
    }
    const header = await this.#sink.exportHeader(hashes);
    const headerHash = await sha256(header);
    const expected = this.#source.packed?.headerSha256;
    if (expected !== undefined && headerHash !== expected) {
      await keeper.startOver();
      throw new EdgeBertError(
        'integrity',
        `The original at ${this.#source.original?.weights.url} is another model than ${this.#source.name}: ` +
          `the SHA-256 of its packed header is ${headerHash}, not ${expected}`,
      );
    }
    await keeper.write(0, header);
    await keeper.complete({
      ...this.#record,
      bytes: bytes + header.length,
      hashes: [headerHash, ...hashes],
      files: [],
    });
  }

  get #record() {
    const { name, version, precision } = this.#source;
    return { key: this.#key, name, version, precision, lastUsed: Date.now() };
  }

  #keeper(store: ModelStore | undefined): CacheWriter {
    return new CacheWriter(store, this.#key, (warning) => this.#options.onWarning?.(warning));
  }

  /** `place` is where the file lies in what is read as one. */
  #remoteFile(url: string, place = { offset: 0 }): RemoteFile {
    return new RemoteFile(url, this.#http, 0, (offset) => {
      this.#progress.reach(place.offset + offset, 'download', false);
    });
  }

  get #http(): HttpOptions {
    return {
      fetch: this.#options.fetch ?? platformFetch,
      signal: this.#signal,
      // What the store keeps need not lie in the browser's HTTP cache as well.
      cache: this.#store ? 'no-store' : 'default',
    };
  }

  #warn(code: 'state' | 'integrity', message: string, cause?: unknown): void {
    this.#options.onWarning?.(new EdgeBertError(code, message, { cause }));
  }
}

function isWrongBytes(error: unknown): boolean {
  return error instanceof EdgeBertError && (error.code === 'integrity' || error.code === 'format');
}
