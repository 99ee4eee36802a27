'use client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { throwIfAborted } from '../shared/abort.js';
import { checkedDocuments, named } from '../search/semantic/documents.js';
import { SemanticSearch } from '../search/semantic/semantic-search.js';
import type {
  SearchDocument,
  SemanticSearchQueryOptions,
  SemanticSearchResult,
} from '../search/semantic/types.js';
import { useEmbeddings, type EmbeddingsOptions } from './use-embeddings.js';

/** Options of `useSemanticSearch`. */
export interface SemanticSearchHookOptions
  extends
    EmbeddingsOptions,
    Pick<SemanticSearchQueryOptions, 'topK' | 'passagesPerDocument' | 'minScore' | 'alpha'> {}

/** What `useSemanticSearch` returns. */
export interface SemanticSearchState {
  /**
   * - `idle`: not asked for, or on the server
   * - `loading`: the model is on its way
   * - `indexing`: documents are being encoded; those that are done are found already
   * - `ready`: all of them are found
   * - `failed`: `error` says why; `retry` tries again
   */
  readonly status: 'idle' | 'loading' | 'indexing' | 'ready' | 'failed';
  /** The best passages first; those of the latest query that has been answered. None for an empty query. */
  readonly results: readonly SemanticSearchResult[];
  /** What failed; undefined unless `status` is `failed`. */
  readonly error: Error | undefined;
  /** How much of the model has arrived, and after that, how much of the documents is encoded; from 0 to 1. */
  readonly progress: number;
  /** Tries again what failed: to load the model, to encode documents, or to answer the query. */
  readonly retry: () => void;
}

/**
 * Documents found by what they mean, while somebody types. Only documents that are new or changed are
 * encoded, and only the latest query is answered.
 *
 * ```jsx
 * const { results } = useSemanticSearch(notes, query);
 * ```
 *
 * @param documents strings, or objects with an `id` and a `text`. They are compared by their content, so a
 * new array on every render costs nothing.
 */
export function useSemanticSearch(
  documents: readonly (string | SearchDocument)[],
  query: string,
  options: SemanticSearchHookOptions = {},
): SemanticSearchState {
  const { topK, passagesPerDocument, minScore, alpha, ...embeddings } = options;
  const { model, status, error: loadError, progress, retry: reload } = useEmbeddings(embeddings);
  const [search, setSearch] = useState<SemanticSearch>();
  const [results, setResults] = useState<readonly SemanticSearchResult[]>([]);
  const [addError, setAddError] = useState<Error>();
  const [queryError, setQueryError] = useState<Error>();
  const [indexed, setIndexed] = useState(0);
  /** Counts how often the documents have changed: what is found changes with them. */
  const [version, setVersion] = useState(0);
  const [attempt, setAttempt] = useState(0);
  const retry = useCallback(() => {
    setAddError(undefined);
    setQueryError(undefined);
    // Documents that are encoded stay so.
    if (loadError || !search) reload();
    else setAttempt((attempt) => attempt + 1);
  }, [loadError, search, reload]);
  const given = useRef(documents);
  // Before the effects that read it; React may render what it never shows.
  useEffect(() => {
    given.current = documents;
  });
  const content = JSON.stringify(documents);

  useEffect(() => {
    if (!model) return;
    let isHere = true;
    let opened: SemanticSearch | undefined;
    SemanticSearch.open('edgebert/react', { model, persist: false }).then((search) => {
      opened = search;
      if (isHere) setSearch(search);
      else void search.close();
    }, setAddError);
    return () => {
      isHere = false;
      setSearch(undefined);
      setIndexed(0);
      void opened?.close();
    };
  }, [model]);

  useEffect(() => {
    if (!search || !model) return;
    const adding = new AbortController();
    const { signal } = adding;
    const onProgress = ({ fraction }: { fraction: number }) => {
      if (!signal.aborted) setIndexed(Math.min(fraction, 0.999));
    };
    void (async () => {
      try {
        setAddError(undefined);
        const documents = given.current;
        const wanted = await named(checkedDocuments(documents, model.dimension));
        throwIfAborted(signal);
        await dropOthers(search, new Set(wanted.map(({ id }) => id)));
        await search.add(documents, { signal, onProgress });
        if (signal.aborted) return;
        setIndexed(1);
        setVersion((version) => version + 1);
      } catch (error) {
        if (!signal.aborted) setAddError(error as Error);
      }
    })();
    return () => adding.abort();
  }, [search, content, attempt]);

  useEffect(() => {
    if (!search) return;
    if (!query.trim()) {
      setResults([]);
      return;
    }
    const asking = new AbortController();
    const { signal } = asking;
    search.search(query, { topK, passagesPerDocument, minScore, alpha, signal }).then(
      (results) => {
        if (signal.aborted) return;
        setResults(results);
        setQueryError(undefined);
      },
      (error: unknown) => !signal.aborted && setQueryError(error as Error),
    );
    return () => asking.abort();
  }, [search, query, version, attempt, topK, passagesPerDocument, minScore, alpha]);

  const failure = addError ?? queryError ?? loadError;
  if (failure) return { status: 'failed', results, error: failure, progress: 0, retry };
  if (status !== 'ready') return { status, results, error: undefined, progress, retry };
  return { status: indexed < 1 ? 'indexing' : 'ready', results, error: undefined, progress: indexed, retry };
}

/** Removes the documents with other ids. */
async function dropOthers(search: SemanticSearch, wanted: ReadonlySet<string>): Promise<void> {
  const ids = search.documents().map(({ id }) => id);
  const others = ids.filter((id) => !wanted.has(id));
  if (others.length > 0) await search.remove(others);
}
