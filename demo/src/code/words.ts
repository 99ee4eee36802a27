import type { WorkerModel } from 'edgebert';

/** A `SearchIndex`, or one in a worker, as on this page, which answers with a promise. */
interface Index<Result> {
  search(vector: Float32Array, options: { topK: number }): readonly Result[] | Promise<readonly Result[]>;
}

/** The words whose definitions are nearest to a description. */
export async function findWords<Result>(
  model: WorkerModel,
  index: Index<Result>,
  description: string,
  signal?: AbortSignal,
) {
  // In a worker: typing stays smooth, and a newer keystroke aborts this one.
  const vector = await model.encode([description], true, { signal, priority: 'interactive' });
  const encoded = performance.now();
  // Exact search through 26,000 vectors takes a millisecond or two.
  const found = await index.search(vector, { topK: 32 });
  signal?.throwIfAborted();
  return { found, encoded };
}
