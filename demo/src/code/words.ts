import type { SearchIndex, WorkerModel } from 'edgebert';

/** The words whose definitions are nearest to a description. */
export async function findWords(
  model: WorkerModel,
  index: SearchIndex,
  description: string,
  signal?: AbortSignal,
) {
  // In a worker: typing stays smooth, and a newer keystroke aborts this one.
  const vector = await model.encode([description], true, { signal, priority: 'interactive' });
  const encoded = performance.now();
  // Exact search through 26,000 vectors takes less than a millisecond or two.
  const found = index.search(vector, { topK: 32 });
  return { found, encoded };
}
