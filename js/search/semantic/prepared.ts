import { EdgeBertError } from '../../shared/errors.js';
import { lazy } from '../../shared/lazy.js';
import { notify } from '../../shared/notify.js';
import type { Turn } from '../../storage/cross-tab-lock.js';
import type { Validator } from '../../storage/model-store.js';
import { SearchIndex } from '../index/search-index.js';
import type { IndexProgress } from '../index/types.js';
import { checkExpected, type IndexHeader } from '../saved/index-file.js';
import type { Origin } from '../saved/origin.js';
import type { Bound } from './document-store.js';
import { Passages } from './passages.js';
import type { SemanticSearchOptions } from './types.js';

/** Documents from a prepared file. */
export interface Prepared {
  readonly index: SearchIndex;
  readonly validator: Validator;
}

/**
 * Downloads prepared documents, unless the server has no others than at the `origin`.
 *
 * @throws EdgeBertError `state` if another model encoded them; `format` if they are none
 */
export async function fetchPrepared(
  url: string,
  bound: Bound,
  origin: Origin | undefined,
  { cache, fetch, signal, onFetch, onWarning }: SemanticSearchOptions,
  turn: Pick<Turn, 'advance'>,
): Promise<Prepared | undefined> {
  const onProgress = (progress: IndexProgress) => {
    turn.advance();
    notify(onFetch, progress);
  };
  const settings = { fetch, signal, onProgress, onWarning };
  const { downloadIndex, isCurrent } = await lazy(() => import('../saved/fetch-index.js'));
  if (cache !== 'reload' && origin && (await isCurrent(url, origin, settings))) return undefined;
  const begin = (header: IndexHeader) => SearchIndex.begin(checkPrepared(url, header, bound));
  const { index, validator } = await downloadIndex(url, settings, begin, true);
  new Passages(index, url);
  return { index, validator };
}

/** Documents from bytes. @throws as `fetchPrepared` */
export function readPrepared(bytes: Uint8Array | ArrayBuffer, bound: Bound): SearchIndex {
  const index = SearchIndex.fromBytes(bytes, bound);
  checkPrepared('The file', index, bound);
  new Passages(index, 'The file');
  return index;
}

function checkPrepared(what: string, header: IndexHeader, bound: Bound): IndexHeader {
  if (header.precision !== 'int8') {
    const problem = `its vectors are ${header.precision}, and those of documents are int8`;
    throw new EdgeBertError('format', `${what} does not hold documents: ${problem}`);
  }
  return checkExpected(what, header, bound);
}
