import { WorkerModel } from '../models/worker-model.js';
import { SemanticSearch } from '../search/semantic/semantic-search.js';
import type { SearchDocument } from '../search/semantic/types.js';
import { readIndexHeader, writeIndexHeader, type IndexHeader } from '../search/saved/index-file.js';
import { readSegment, type Segment } from '../search/saved/segment.js';
import type { Bytes } from '../shared/types.js';
import { Failure } from './errors.js';
import { elementBytesOf } from './index-file.js';
import { metadataOf } from './input/metadata.js';
import type { RecordReader } from './input/reader.js';
import { idOf, type TextRecord } from './input/record.js';
import { loadModel, type ModelValues } from './model.js';
import { count, defaultWorkers } from './options.js';
import type { Output } from './output/target.js';
import { number, type Progress } from './progress.js';
import { SegmentWriter } from './segment-writer.js';

interface Values extends ModelValues {
  readonly 'title-field'?: string | undefined;
  readonly workers?: string | undefined;
}

/** Documents and characters that are in memory at a time: more than enough to keep the workers busy. */
const BATCH_DOCUMENTS = 1024;
const BATCH_CHARACTERS = 1 << 22;

/**
 * Writes the file that `SemanticSearch.fromBytes` opens: whole documents, cut into passages.
 *
 * @returns how many documents there are
 */
export async function indexDocuments(
  reader: RecordReader,
  output: Output,
  values: Values,
  progress: Progress,
): Promise<number> {
  const workers = count('workers', values.workers) ?? defaultWorkers();
  const model = await loadModel(WorkerModel, values, { workers }, progress);
  try {
    const search = await SemanticSearch.open('documents', { model, persist: false });
    const written = new PassageWriter(output);
    const seen = new Set<string>();
    let batch: SearchDocument[] = [];
    let characters = 0;
    const flush = async () => {
      const before = seen.size - batch.length;
      await add(search, batch, ({ done }) =>
        progress.show('documents', reader.share, () => number(before + done)),
      );
      await written.add(search.parts());
      await search.remove(batch.map(({ id }) => id));
      batch = [];
      characters = 0;
    };
    for await (const record of reader.records()) {
      const document = documentOf(record, seen.size, values['title-field']);
      if (seen.has(document.id)) throw new Failure(`two records have the id "${document.id}"`);
      seen.add(document.id);
      batch.push(document);
      characters += document.text.length;
      if (batch.length === BATCH_DOCUMENTS || characters >= BATCH_CHARACTERS) await flush();
    }
    if (reader.failure) throw reader.failure;
    await flush();
    await written.finish();
    return seen.size;
  } finally {
    model.terminate();
  }
}

/** Joins the indexes of batches of documents to one, as if all had been in one index. */
class PassageWriter {
  readonly #output: Output;
  #segments: SegmentWriter | undefined;
  /** The elements of passages that are not written yet, by their slots. */
  readonly #elements = new Map<number, Uint8Array>();

  constructor(output: Output) {
    this.#output = output;
  }

  /** @param parts of an index file: its header, and then segments */
  async add(parts: Iterable<Bytes>): Promise<void> {
    let elementBytes: number | undefined;
    for (const part of parts) {
      if (elementBytes === undefined) elementBytes = await this.#begin(readIndexHeader(part).header);
      else await this.#addSegment(readSegment(part, elementBytes, 'The index').segment, elementBytes);
    }
  }

  async finish(): Promise<void> {
    await this.#segments!.finish();
  }

  async #begin(header: IndexHeader): Promise<number> {
    const elementBytes = elementBytesOf(header);
    const pack = (slot: number, target: Uint8Array, at: number) => target.set(this.#elements.get(slot)!, at);
    this.#segments ??= await SegmentWriter.begin(this.#output, { elementBytes, pack }, (size) =>
      writeIndexHeader({ ...header, size }),
    );
    return elementBytes;
  }

  async #addSegment({ ids, metadata, texts, elements }: Segment, elementBytes: number): Promise<void> {
    for (const [i, id] of ids.entries()) {
      const slot = this.#elements.size;
      this.#elements.set(slot, elements.subarray(i * elementBytes, (i + 1) * elementBytes));
      const entry = { slot, id, metadata: metadata[i], text: texts[i] };
      if (await this.#segments!.add(entry)) this.#elements.clear();
    }
  }
}

/** Documents are checked as the library checks them; what is wrong with one is no bug of the command. */
async function add(
  search: SemanticSearch,
  documents: readonly SearchDocument[],
  onProgress: (progress: { readonly done: number }) => void,
): Promise<void> {
  try {
    await search.add(documents, { onProgress });
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new Failure(error.message);
  }
}

function documentOf(record: TextRecord, place: number, titleField: string | undefined): SearchDocument {
  const { text, vector } = record;
  const id = idOf(record, place);
  const fields = { ...record.fields };
  const title = titleField === undefined ? undefined : fields[titleField];
  if (titleField !== undefined) delete fields[titleField];
  if (title !== undefined && title !== null && typeof title !== 'string') {
    throw new Failure(`the field "${titleField}" of "${id}" is a ${typeof title}, not a string`);
  }
  const metadata = metadataOf({ fields });
  return {
    id,
    text,
    ...(typeof title === 'string' && { title }),
    ...(metadata && { metadata }),
    ...(vector && { vector }),
  };
}
