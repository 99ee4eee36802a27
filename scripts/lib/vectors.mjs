// The vectors of a list of texts, made by the package itself in as many threads as the machine has.
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';

/**
 * @param model path of the default model's compact file
 * @returns `texts.length × dimension` numbers, each row of length 1
 */
export async function embed(texts, model, onProgress) {
  const { MiniLML6V2, WorkerModel } = await import('edgebert');
  const engine = await WorkerModel.from_type(MiniLML6V2, {
    workers: availableParallelism(),
    url: pathToFileURL(model),
    precision: 'compact',
  });
  try {
    return await engine.encode(texts, true, { priority: 'bulk', onProgress });
  } finally {
    engine.terminate();
  }
}
