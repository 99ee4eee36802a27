import { throwIfAborted } from '../../shared/abort.js';
import type { DocumentStore } from './document-store.js';
import type { NewDocument, ReadyPassage } from './documents.js';
import type { Encoded, Passages } from './passages.js';
import type { Embedder } from './embedder.js';
import type { AddOptions, AddSummary } from './types.js';

/** Documents and characters of a batch: a few seconds of one worker's time at most. */
const BATCH_DOCUMENTS = 256;
const BATCH_CHARACTERS = 32_768;

/**
 * Puts documents into the store, batch by batch, so that what is there is always whole documents.
 * Those that are there as they are cost nothing, and of the others only passages whose text is new
 * are encoded, and none that come with their vectors.
 */
export async function addDocuments(
  store: DocumentStore,
  embedder: Embedder,
  documents: readonly NewDocument[],
  { onProgress, signal }: AddOptions,
): Promise<AddSummary> {
  // Other tabs may have removed what seems to be there.
  await store.save();
  const distinct = Array.from(new Map(documents.map((document) => [document.id, document])).values());
  const changed = distinct.filter((document) => !isThere(document, store.passages));
  const summary = { added: 0, updated: 0, unchanged: distinct.length - changed.length };
  const all = weightOf(distinct);
  let done = summary.unchanged;
  let doneWeight = all - weightOf(changed);
  const report = (weight: number) =>
    onProgress?.({ done, total: distinct.length, fraction: all === 0 ? 1 : weight / all });

  for (const batch of batchesOf(changed)) {
    throwIfAborted(signal);
    const weight = weightOf(batch);
    const encoded = await encodeBatch(batch, store.passages, embedder, signal, (share) =>
      report(doneWeight + share * weight),
    );
    throwIfAborted(signal);
    const updated = batch.filter(({ id }) => store.passages.entry(id)).length;
    await store.commit((passages) => passages.put(encoded));
    summary.updated += updated;
    summary.added += batch.length - updated;
    done += batch.length;
    doneWeight += weight;
    report(doneWeight);
  }
  if (changed.length === 0) report(all);
  return summary;
}

function isThere(document: NewDocument, passages: Passages): boolean {
  const there = passages.document(document.id);
  return (
    there !== undefined &&
    there.text === document.text &&
    there.title === document.title &&
    JSON.stringify(there.metadata) === JSON.stringify(document.metadata) &&
    (document.ready === undefined || areThere(document.id, document.ready, passages))
  );
}

/** Whether a document has these passages with these vectors, once the index has rounded them. */
function areThere(id: string, ready: readonly ReadyPassage[], passages: Passages): boolean {
  if (passages.entry(id)?.passages !== ready.length) return false;
  return ready.every(
    ({ start, vector }, i) => passages.passage(id, i).at === start && passages.hasVector(id, i, vector),
  );
}

/** What a document counts for in the progress: an empty one is something to do, too. */
function weightOf(documents: readonly NewDocument[]): number {
  return documents.reduce((sum, { text }) => sum + text.length + 1, 0);
}

function* batchesOf(documents: readonly NewDocument[]): Generator<NewDocument[]> {
  let batch: NewDocument[] = [];
  for (const document of documents) {
    const full =
      batch.length === BATCH_DOCUMENTS || weightOf(batch) + document.text.length > BATCH_CHARACTERS;
    if (full && batch.length > 0) {
      yield batch;
      batch = [];
    }
    batch.push(document);
  }
  if (batch.length > 0) yield batch;
}

async function encodeBatch(
  documents: readonly NewDocument[],
  present: Passages,
  embedder: Embedder,
  signal: AbortSignal | undefined,
  onShare: (share: number) => void,
): Promise<Encoded[]> {
  const cut = await Promise.all(
    documents.map(async (document) => {
      const { id, text, title, ready } = document;
      const starts = ready?.map(({ start }) => start);
      return {
        document,
        passages: await embedder.passages(text, title, starts),
        known: present.vectors(id),
      };
    }),
  );
  const wanted = new Map<string, number>();
  for (const { document, passages, known } of cut) {
    if (document.ready) continue;
    for (const { text } of passages) {
      if (!known.has(text) && !wanted.has(text)) wanted.set(text, wanted.size);
    }
  }
  const { dimension } = embedder;
  const vectors = await embedder.documents([...wanted.keys()], signal, (done) => onShare(done / wanted.size));
  const vectorOf = (text: string): Float32Array => {
    const at = wanted.get(text)! * dimension;
    return vectors.subarray(at, at + dimension);
  };
  return cut.map(({ document, passages, known }) => ({
    document,
    passages,
    vectors:
      document.ready?.map(({ vector }) => vector) ??
      passages.map(({ text }) => known.get(text) ?? vectorOf(text)),
  }));
}
