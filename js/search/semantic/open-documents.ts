import { throwIfAborted } from '../../shared/abort.js';
import { EdgeBertError } from '../../shared/errors.js';
import { notify } from '../../shared/notify.js';
import { absoluteUrl } from '../../shared/urls.js';
import type { Turn } from '../../storage/cross-tab-lock.js';
import { SearchIndex } from '../index/search-index.js';
import type { ModelIdentity } from '../index/types.js';
import { isSameModel, nameModel, onSameName } from '../saved/index-file.js';
import { untouched } from '../saved/origin.js';
import { addDocuments } from './add-documents.js';
import { changing, DocumentStore, isKept, type Bound } from './document-store.js';
import type { Embedder } from './embedder.js';
import { Passages } from './passages.js';
import { fetchPrepared, type Prepared } from './prepared.js';
import type { AddProgress, SemanticSearchOptions } from './types.js';

const NOBODY_WAITS: Pick<Turn, 'advance'> = { advance() {} };

/**
 * The documents that are kept as `kept`, brought up to date with the prepared ones of `options.from`.
 *
 * @param name of the search, for errors
 * @throws EdgeBertError `state` if another model encoded them, unless they are to be encoded again
 */
export async function openDocuments(
  name: string,
  kept: string,
  embedder: Embedder,
  options: SemanticSearchOptions,
): Promise<DocumentStore> {
  if (options.persist === false || typeof indexedDB === 'undefined') return inMemory(embedder, options);
  // From the look at what is there to what is made of it, no other tab changes it.
  return changing(kept, options.signal, (turn) => openKept(name, kept, embedder, options, turn));
}

export function boundOf({ identity, dimension }: Embedder): Bound {
  return { model: identity, dimension };
}

async function inMemory(embedder: Embedder, options: SemanticSearchOptions): Promise<DocumentStore> {
  const bound = boundOf(embedder);
  const prepared = await preparedFor(options, bound, undefined, NOBODY_WAITS);
  return new DocumentStore(undefined, bound, prepared && asFetched(prepared));
}

async function openKept(
  name: string,
  kept: string,
  embedder: Embedder,
  options: SemanticSearchOptions,
  turn: Turn,
): Promise<DocumentStore> {
  const { onWarning, rebuild = false } = options;
  const bound = boundOf(embedder);
  let there: boolean;
  try {
    there = await isKept(kept);
  } catch (error) {
    // Such as in a private window, or a frame that may not keep anything.
    notify(onWarning, error as EdgeBertError);
    return inMemory(embedder, options);
  }
  if (!there) {
    const prepared = await preparedFor(options, bound, undefined, turn);
    const index = prepared ? asFetched(prepared) : new SearchIndex(bound);
    // So that what another tab makes of it in the meantime is found out.
    return saved(kept, bound, index, prepared !== undefined, onWarning);
  }
  const index = await SearchIndex.open(kept);
  const own: ModelIdentity = { name: index.model, fingerprint: index.fingerprint };
  // A shape, by which version 0.1.0 told models without a name apart, says too little about them.
  const known = own.fingerprint !== undefined || embedder.named || bound.model.fingerprint === undefined;
  if (index.dimension === bound.dimension && isSameModel(own, bound.model) && known) {
    return upToDate(kept, bound, await SearchIndex.open(kept, bound), options, turn);
  }
  if (rebuild) return rebuilt(kept, embedder, index, options, turn);
  throw new EdgeBertError(
    'state',
    `The documents of ${JSON.stringify(name)} were embedded by ${nameModel(own)} with ${index.dimension} dimensions, ` +
      `and this model is ${nameModel(bound.model)} with ${bound.dimension}.${onSameName(own, bound.model)} ` +
      'Open them with `rebuild: true` to embed them again.',
  );
}

/** Documents that are kept, with what has changed in the prepared ones since. */
async function upToDate(
  kept: string,
  bound: Bound,
  index: SearchIndex,
  options: SemanticSearchOptions,
  turn: Turn,
): Promise<DocumentStore> {
  const prepared = await preparedFor(options, bound, index.origin, turn);
  if (!prepared) return new DocumentStore(kept, bound, index, options.onWarning);
  if (index.size === 0 && !index.origin) {
    return saved(kept, bound, asFetched(prepared), true, options.onWarning);
  }
  new Passages(index).update(new Passages(prepared.index), prepared.validator);
  return saved(kept, bound, index, true, options.onWarning);
}

/** Documents encoded again by another model: with prepared ones, only those that the page has added. */
async function rebuilt(
  kept: string,
  embedder: Embedder,
  index: SearchIndex,
  options: SemanticSearchOptions,
  turn: Turn,
): Promise<DocumentStore> {
  const { onRebuild, onWarning, signal } = options;
  const bound = boundOf(embedder);
  // In memory first: what is kept stays as it was until all documents are encoded.
  const fresh = new DocumentStore(undefined, bound);
  const old = new Passages(index);
  const prepared = await preparedFor(options, bound, undefined, turn);
  const ids = prepared ? old.own() : [...old.ids()];
  const documents = ids.map((id) => old.document(id)!);
  const onProgress = (progress: AddProgress) => {
    turn.advance();
    onRebuild?.(progress);
  };
  await addDocuments(fresh, embedder, documents, { onProgress, signal });
  fresh.passages.adopt(old);
  if (prepared) fresh.passages.update(new Passages(prepared.index), prepared.validator);
  await fresh.passages.index.save(kept);
  return new DocumentStore(kept, bound, fresh.passages.index, onWarning);
}

/**
 * Saves documents that were changed here. Without room for prepared ones, which the server still has, they
 * are used from memory.
 */
async function saved(
  kept: string,
  bound: Bound,
  index: SearchIndex,
  prepared: boolean,
  onWarning: SemanticSearchOptions['onWarning'],
): Promise<DocumentStore> {
  try {
    await index.save(kept);
  } catch (error) {
    if (!prepared || !(error instanceof EdgeBertError) || error.code !== 'quota') throw error;
    notify(onWarning, error);
    return new DocumentStore(undefined, bound, index);
  }
  return new DocumentStore(kept, bound, index, onWarning);
}

function asFetched({ index, validator }: Prepared): SearchIndex {
  index.origin = untouched(validator);
  return index;
}

/**
 * The prepared documents, if there are any, and others than are there already.
 *
 * @param origin of what is there
 */
async function preparedFor(
  options: SemanticSearchOptions,
  bound: Bound,
  origin: SearchIndex['origin'],
  turn: Pick<Turn, 'advance'>,
): Promise<Prepared | undefined> {
  const { from, signal, onWarning } = options;
  if (from === undefined) return undefined;
  const url = absoluteUrl(from, 'from');
  const there = origin?.validator.url === url ? origin : undefined;
  try {
    return await fetchPrepared(url, bound, there, options, turn);
  } catch (error) {
    throwIfAborted(signal);
    if (!there || !(error instanceof EdgeBertError)) throw error;
    // A server that has a broken file for a while is no reason to find nothing.
    const message = `The documents that are kept are used: ${error.message}`;
    notify(onWarning, new EdgeBertError(error.code, message, { cause: error }));
    return undefined;
  }
}
