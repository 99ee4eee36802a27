// The words in a thread of their own: to read 26,000 entries and open their index would hold the page up.
import { EdgeBertError, SearchIndex } from 'edgebert';
import { wrongFile } from '../fetched';
import { keptFile } from '../kept';
import type { Part } from '../loading';
import { packed, type Entry } from './entries';
import { Headwords } from './headwords';
import type { Hit, Reply, Request } from './protocol';

/** Milliseconds between two reports of how much has arrived. */
const REPORT = 100;

/** WordNet's words, found by what they mean and by how they are spelt. */
class Words {
  readonly entries: readonly Entry[];
  readonly #index: SearchIndex;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #headwords: Headwords;

  constructor(bytes: Uint8Array) {
    this.#index = SearchIndex.fromBytes(bytes);
    const ids = [...this.#index.ids()];
    this.#numbers = new Map(ids.map((id, number) => [id, number]));
    this.entries = ids.map((id) => this.#index.get(id)!.metadata as unknown as Entry);
    this.#headwords = new Headwords(this.entries);
  }

  near(vector: Float32Array, topK: number): Hit[] {
    return this.#index
      .search(vector, { topK })
      .map(({ id, score }) => ({ index: this.#numbers.get(id)!, score }));
  }

  named(word: string): Hit[] {
    return this.#headwords.find(word).map((index) => ({ index, score: 0, isExact: true }));
  }
}

let words: Words | undefined;

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  if ('url' in data) void load(data.url);
  else if (words) {
    const found = 'near' in data ? words.near(data.near, data.topK) : words.named(data.named);
    send({ id: data.id, found });
  }
});

async function load(url: string): Promise<void> {
  try {
    const file = await keptFile(url, reporter());
    try {
      words = new Words(file.bytes);
    } catch (error) {
      await file.drop();
      throw wrongFile('the words', error);
    }
    const entries = packed(words.entries);
    send({ loaded: { entries, bytes: file.bytes.length } }, [entries.text.buffer, entries.ends.buffer]);
    await file.keep();
    send({ kept: true });
  } catch (error) {
    const code = error instanceof EdgeBertError ? error.code : 'state';
    send({ failed: { code, message: error instanceof Error ? error.message : String(error) } });
  }
}

function reporter(): (part: Part) => void {
  let next = 0;
  return (progress) => {
    if (performance.now() < next) return;
    next = performance.now() + REPORT;
    send({ progress });
  };
}

function send(reply: Reply, transfer: Transferable[] = []): void {
  postMessage(reply, { transfer });
}
