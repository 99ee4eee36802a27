import { WorkerModel } from '../models/worker-model.js';
import { SemanticSearch } from '../search/semantic/semantic-search.js';
import type { SearchDocument } from '../search/semantic/types.js';
import { Failure } from './errors.js';
import { metadataOf } from './input/metadata.js';
import type { RecordReader } from './input/reader.js';
import { idOf, type TextRecord } from './input/record.js';
import { loadModel, type ModelValues } from './model.js';
import { count, defaultWorkers } from './options.js';
import type { Output } from './output/target.js';
import { number, type Progress } from './progress.js';

interface Values extends ModelValues {
  readonly 'title-field'?: string | undefined;
  readonly workers?: string | undefined;
}

/** Documents that are added at a time: enough to keep the workers busy. */
const BATCH = 1024;

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
    const seen = new Set<string>();
    let batch: SearchDocument[] = [];
    const flush = async () => {
      const before = search.size;
      await add(search, batch, ({ done }) =>
        progress.show('documents', reader.share, () => number(before + done)),
      );
      batch = [];
    };
    for await (const record of reader.records()) {
      const document = documentOf(record, seen.size, values['title-field']);
      if (seen.has(document.id)) throw new Failure(`two records have the id "${document.id}"`);
      seen.add(document.id);
      batch.push(document);
      if (batch.length === BATCH) await flush();
    }
    if (reader.failure) throw reader.failure;
    await flush();
    for (const part of search.parts()) await output.write(part);
    return search.size;
  } finally {
    model.terminate();
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
