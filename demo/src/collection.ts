import type { WorkerModel } from 'edgebert';
import indexUrl from '../collection/wordnet.index?url';
import { findWords } from './code/words';
import { PageError } from './fetched';
import { keepOnly, keptFile } from './kept';
import type { Part } from './loading';
import { mapUrl } from './places';
import { unpacked, type Entry } from './wordnet/entries';
import type { Hit, Loaded, Reply, Request } from './wordnet/protocol';

/** In a worker, an address is relative to the worker's script. */
const INDEX = new URL(indexUrl, document.baseURI).href;

interface Waiting {
  resolve(found: readonly Hit[]): void;
  reject(error: unknown): void;
}

/** WordNet's words, found by what they mean. Their index is in a worker. */
export class Collection {
  readonly size: number;
  /** Size of the index file. */
  readonly bytes: number;
  /** Called when the words are kept for the next visit. */
  onKept: () => void = () => {};
  readonly #worker: Worker;
  readonly #entries: Loaded['entries'];
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #lost: PageError | undefined;

  private constructor(worker: Worker, { entries, bytes }: Loaded) {
    this.#worker = worker;
    this.#entries = entries;
    this.size = entries.ends.length;
    this.bytes = bytes;
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if ('kept' in data) this.onKept();
      if (!('id' in data)) return;
      this.#waiting.get(data.id)?.resolve(data.found);
      this.#waiting.delete(data.id);
    };
    worker.onerror = () => this.#fail();
  }

  static load(onProgress: (part: Part) => void, signal: AbortSignal): Promise<Collection> {
    void keepOnly([indexUrl, mapUrl]).catch(() => {});
    const worker = new Worker(new URL('./wordnet/worker.ts', import.meta.url), {
      type: 'module',
      name: 'words',
    });
    const loaded = new Promise<Collection>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      worker.onerror = () => reject(lost());
      worker.onmessage = ({ data }: MessageEvent<Reply>) => {
        if ('progress' in data) onProgress(data.progress);
        else if ('loaded' in data) resolve(new Collection(worker, data.loaded));
        else if ('failed' in data) reject(new PageError(data.failed.code, data.failed.message));
      };
      worker.postMessage({ url: INDEX } satisfies Request);
    });
    loaded.catch(() => worker.terminate());
    return loaded;
  }

  /** Whether an earlier visit has left the words here. */
  static isKept(): Promise<boolean> {
    return keptFile.has(indexUrl);
  }

  entry(index: number): Entry {
    return unpacked(this.#entries, index);
  }

  /** The nearest entries of a vector, the nearest first. */
  search(near: Float32Array, { topK }: { topK: number }): Promise<readonly Hit[]> {
    return this.#ask((id) => ({ id, near, topK }));
  }

  /** The entries that have a word among theirs, the most usual sense first. */
  named(word: string): Promise<readonly Hit[]> {
    return this.#ask((id) => ({ id, named: word }));
  }

  /**
   * The entries whose definitions are nearest to a description, the nearest first; those that have it as one
   * of their words, the most usual sense first; and what it took.
   */
  async find(
    model: WorkerModel,
    description: string,
    signal: AbortSignal,
  ): Promise<{ hits: readonly Hit[]; exact: readonly Hit[]; encoded: number }> {
    const [exact, { found, encoded }] = await Promise.all([
      this.named(description),
      findWords(model, this, description, signal),
    ]);
    return { hits: found, exact, encoded };
  }

  terminate(): void {
    this.#worker.terminate();
  }

  #fail(): void {
    this.#lost = lost();
    for (const { reject } of this.#waiting.values()) reject(this.#lost);
    this.#waiting.clear();
  }

  #ask(request: (id: number) => Request): Promise<readonly Hit[]> {
    const id = this.#asked++;
    return new Promise((resolve, reject) => {
      if (this.#lost) throw this.#lost;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage(request(id));
    });
  }
}

function lost(): PageError {
  const problem = 'The words stopped, most likely because the device ran out of memory.';
  return new PageError('worker-lost', `${problem} Close some tabs and try again.`);
}
