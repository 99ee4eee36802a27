import { throwIfAborted } from '../../shared/abort.js';
import { quote } from '../../shared/describe.js';
import { EdgeBertError } from '../../shared/errors.js';
import type { Entry } from '../saved/segment.js';
import type { SearchIndex } from './search-index.js';
import type { EmbeddingModel, IndexPrecision, ReembedOptions, SearchIndexOptions } from './types.js';

/** Texts of one call to the model: a few seconds of one worker's time. */
const REEMBEDDED_AT_ONCE = 256;

/** `SearchIndex.reembed`, given how an index is made. */
export async function reembedded(
  source: Iterable<Entry>,
  precision: IndexPrecision,
  model: EmbeddingModel,
  { signal, onProgress }: ReembedOptions,
  create: (options: SearchIndexOptions) => SearchIndex,
): Promise<SearchIndex> {
  const entries = [...source];
  const lacking = entries.find(({ text }) => text === undefined);
  if (lacking) {
    throw new EdgeBertError('state', `The entry ${quote(lacking.id)} has no text to embed`);
  }
  const { dimension, info } = model;
  const index = create({ dimension, model: info, precision });
  for (let start = 0; start < entries.length; start += REEMBEDDED_AT_ONCE) {
    throwIfAborted(signal);
    const some = entries.slice(start, start + REEMBEDDED_AT_ONCE);
    const texts = some.map(({ text }) => text!);
    const work = signal ? { signal } : {};
    const vectors = await (model.encodeDocuments
      ? model.encodeDocuments(texts, work)
      : model.encode(texts, true, work));
    index.upsertMany(
      some.map(({ id }) => id),
      vectors,
      some.map(({ metadata }) => metadata),
      texts,
    );
    onProgress?.({ done: start + some.length, total: entries.length });
  }
  return index;
}
