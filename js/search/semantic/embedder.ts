import { abortable, sleep, throwIfAborted } from '../../shared/abort.js';
import type { ModelIdentity } from '../index/types.js';
import type { SearchModel, SearchModelOptions } from './types.js';

/** Passages are no longer than this, in word pieces: about what a reader takes in at a glance. */
const PASSAGE_TOKENS = 128;
/** And leave at least this share of the model's length to a title. */
const TITLE_SHARE = 1 / 4;
const MOST_TITLE_CHARACTERS = 200;
/** Texts that a model on this thread encodes before it lets others at the thread. */
const TEXTS_AT_ONCE = 4;

/** A part of a document: what is encoded and searched by words, and where its text begins. */
export interface Passage {
  /** The title, where there is one, and the text from `at` to the next passage. */
  readonly text: string;
  /** Length of what stands before the document's own text. */
  readonly heading: number;
  /** Place in the document's text. */
  readonly at: number;
}

/** A model as `SemanticSearch` uses it. */
export class Embedder {
  readonly #model: SearchModel;
  readonly #passageTokens: number;
  readonly #titleTokens: number;
  readonly #titleCharacters: number;
  #synchronous = true;

  constructor(model: SearchModel) {
    this.#model = model;
    const { maxLength } = model.info;
    this.#passageTokens = Math.max(4, Math.min(PASSAGE_TOKENS, Math.floor(maxLength * (1 - TITLE_SHARE))));
    this.#titleTokens = Math.max(4, maxLength - this.#passageTokens);
    this.#titleCharacters = Math.min(MOST_TITLE_CHARACTERS, 2 * (maxLength - this.#passageTokens));
  }

  get dimension(): number {
    return this.#model.dimension;
  }

  /** What the vectors are bound to. */
  get identity(): ModelIdentity {
    return { name: this.#name, fingerprint: this.#model.info.fingerprint };
  }

  /** Whether the model has a name of its own. */
  get named(): boolean {
    return this.#model.info.name !== undefined;
  }

  /** A model without a name is told from others by its shape, if it has no fingerprint either. */
  get #name(): string {
    const { name, ...rest } = this.#model.info;
    const { architecture = 'model', layers, hidden, pooling } = rest as Record<string, unknown>;
    return name ?? [architecture, layers, hidden, pooling].filter((part) => part !== undefined).join('-');
  }

  /**
   * Passages that cover a text without a gap; at least one.
   *
   * @param starts where they begin, the first at 0, if that is known
   */
  async passages(text: string, title: string | undefined, starts?: readonly number[]): Promise<Passage[]> {
    const heading = title ? `${await this.#short(title)}\n` : '';
    const places = starts ?? (await this.#starts(text));
    return places.map((at, i) => ({
      text: heading + text.slice(at, places[i + 1]),
      heading: heading.length,
      at,
    }));
  }

  async #starts(text: string): Promise<number[]> {
    const chunks = await this.#model.chunk(text, { maxTokens: this.#passageTokens });
    return [0, ...chunks.slice(1).map(({ start }) => start)];
  }

  /** As much of a title as leaves a passage its room. */
  async #short(title: string): Promise<string> {
    const short = title.slice(0, this.#titleCharacters);
    // No character has more than three word pieces, which are those of Hangul.
    if (3 * short.length <= this.#titleTokens) return short;
    const [first] = await this.#model.chunk(short, { maxTokens: this.#titleTokens });
    return short.slice(0, first?.end);
  }

  async query(text: string, signal: AbortSignal | undefined): Promise<Float32Array> {
    const options: SearchModelOptions = signal ? { signal } : {};
    const vectors = this.#model.encodeQuery
      ? this.#model.encodeQuery([text], options)
      : this.#model.encode([text], true, options);
    return abortable(Promise.resolve(vectors), signal);
  }

  /**
   * The vectors of passages. A model on this thread lets others at the thread every few texts.
   * `onDone` hears how many texts are done.
   */
  async documents(
    texts: readonly string[],
    signal: AbortSignal | undefined,
    onDone: (done: number) => void,
  ): Promise<Float32Array> {
    const vectors = new Float32Array(texts.length * this.dimension);
    for (let done = 0; done < texts.length;) {
      throwIfAborted(signal);
      const some = this.#synchronous ? texts.slice(done, done + TEXTS_AT_ONCE) : texts.slice(done);
      const before = done;
      const options: SearchModelOptions = {
        priority: 'bulk',
        onProgress: (progress) => onDone(before + progress.done),
        ...(signal && { signal }),
      };
      const encoded = this.#model.encodeDocuments
        ? this.#model.encodeDocuments(some, options)
        : this.#model.encode(some, true, options);
      this.#synchronous = encoded instanceof Float32Array;
      vectors.set(await encoded, before * this.dimension);
      done += some.length;
      onDone(done);
      if (this.#synchronous) await sleep(0, signal);
    }
    return vectors;
  }
}
