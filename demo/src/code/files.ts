import type { SemanticSearch } from 'edgebert';

/** The passages that answer a question best, of all documents; one document can have several. */
export async function searchTexts(
  search: SemanticSearch,
  question: string,
  most: number,
  signal?: AbortSignal,
) {
  // Documents were added with `search.add([{ id, text }])`: cut into passages, encoded, kept in IndexedDB.
  const results = await search.search(question, { topK: most, passagesPerDocument: most, signal });
  // Each is { id, text, start, end, score, metadata }.
  return results;
}
