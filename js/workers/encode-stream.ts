import { abortable, throwIfAborted } from '../shared/abort.js';
import { describe } from '../shared/describe.js';

/** Texts and characters of a batch: about a second of one worker's time. */
const BATCH_TEXTS = 128;
const BATCH_CHARACTERS = 16_384;

type Encode = (texts: string[], signal: AbortSignal) => Promise<Float32Array>;

/**
 * Encodes texts as they come, and yields one vector for each, in their order. At most `ahead`
 * batches are under way: while the consumer takes its time, the source is not asked for more.
 * Nothing waits for a source that hesitates: what it has given goes out as soon as nothing else
 * is under way.
 */
export async function* streamVectors(
  texts: AsyncIterable<string> | Iterable<string>,
  encode: Encode,
  dimension: number,
  ahead: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Float32Array, void, undefined> {
  throwIfAborted(signal);
  const source = open(texts);
  const left = new AbortController();
  const underWay: Promise<Float32Array>[] = [];
  let batch: string[] = [];
  let characters = 0;
  let index = 0;
  let coming: Promise<IteratorResult<string, unknown>> | undefined;
  let ended = false;

  const send = () => {
    const result = encode(batch, left.signal);
    // The consumer gets the failure from the queue; after a `break` nobody waits for it.
    result.catch(() => {});
    underWay.push(result);
    batch = [];
    characters = 0;
  };

  try {
    for (;;) {
      if (batch.length > 0 && (ended || underWay.length === 0)) send();
      if (ended && underWay.length === 0) return;
      if (!ended && underWay.length < ahead) coming ??= Promise.resolve(source.next());
      const first = underWay[0];
      const event = await abortable(
        Promise.race([...(coming ? [coming] : []), ...(first ? [first] : [])]),
        signal,
      );
      if (event instanceof Float32Array) {
        underWay.shift();
        // Each has a buffer of its own, so that one that is kept does not keep a batch.
        for (let start = 0; start < event.length; start += dimension) {
          throwIfAborted(signal);
          yield event.slice(start, start + dimension);
        }
        continue;
      }
      coming = undefined;
      if (event.done) {
        ended = true;
        continue;
      }
      if (typeof event.value !== 'string') {
        throw new TypeError(
          `encodeStream takes strings, but text ${index} is not one (received ${describe(event.value)})`,
        );
      }
      index++;
      batch.push(event.value);
      characters += event.value.length;
      if (batch.length >= BATCH_TEXTS || characters >= BATCH_CHARACTERS) send();
    }
  } finally {
    left.abort();
    if (!ended) {
      const closed = Promise.resolve(source.return?.()).catch(() => {});
      // A source that is in the middle of something may never come to its end.
      if (!coming) await closed;
      else coming.catch(() => {});
    }
  }
}

function open(texts: unknown): AsyncIterator<string> | Iterator<string> {
  // A string is iterable too, letter by letter, which is never what was meant.
  if (typeof texts === 'object' && texts !== null) {
    if (Symbol.asyncIterator in texts) return (texts as AsyncIterable<string>)[Symbol.asyncIterator]();
    if (Symbol.iterator in texts) return (texts as Iterable<string>)[Symbol.iterator]();
  }
  throw new TypeError(`encodeStream takes an iterable of strings (received ${describe(texts)})`);
}
