import type { SemanticSearch } from 'edgebert';

/** The passages that answer a question best, of all documents; one document can have several. */
export async function searchTexts(
  search: SemanticSearch,
  question: string,
  most: number,
  signal?: AbortSignal,
) {
  // Documents were added with `search.add([{ id, text }])`: cut into passages, encoded, kept in IndexedDB.
  // By meaning alone, so that scores are cosines.
  const options = { topK: most, passagesPerDocument: most, alpha: 1, signal };
  const results = await search.search(question, options);
  // Each is { id, text, start, end, score, metadata }.
  return results;
}
