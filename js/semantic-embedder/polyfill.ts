import { SemanticEmbedder } from './semantic-embedder.js';
import { setSource, type SemanticEmbedderSource } from './source.js';

/**
 * Makes `SemanticEmbedder` a global where the browser has none of its own, and says whether it did.
 *
 * Vectors of the browser's model and of this one cannot be compared: keep each vector together with
 * the `embeddingSpace` that `embed` reports, and embed again where it differs.
 *
 * @param source which model to use and where it comes from: `baseUrl`, `url`, `precision` and the other
 * options of `WorkerModel.from_type`
 */
export function polyfill(source: SemanticEmbedderSource = {}): boolean {
  setSource(source);
  if ('SemanticEmbedder' in globalThis) return false;
  Object.defineProperty(globalThis, 'SemanticEmbedder', {
    value: SemanticEmbedder,
    writable: true,
    configurable: true,
  });
  return true;
}
