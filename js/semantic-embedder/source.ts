import { checkSimd } from '../engine/features.js';
import { MiniLML6V2, type WasmModelType } from '../loading/registry.js';
import { isShared, leaseModel, type ModelLease } from '../models/shared-model.js';
import { WorkerModel } from '../models/worker-model.js';
import { cache } from '../storage/cache.js';
import type { WorkerLoadOptions } from '../workers/types.js';
import type { SemanticEmbedderAvailability } from './types.js';

/** Which model stands behind SemanticEmbedder, and where it comes from. */
export interface SemanticEmbedderSource extends Omit<WorkerLoadOptions, 'signal' | 'onProgress'> {
  /** One of the models that edgebert knows by name; default `MiniLML6V2`. */
  type?: WasmModelType;
}

type Listener = (fraction: number) => void;

let source: SemanticEmbedderSource = {};
/** Those who wait for the download that is under way. */
const listeners = new Set<Listener>();
let lastFraction = 0;
/** Whether the model that is shared has come to its end of loading. */
let isLoaded = false;

/** Takes effect for embedders that are created afterwards. */
export function setSource(next: SemanticEmbedderSource): void {
  source = next;
}

export async function availability(): Promise<SemanticEmbedderAvailability> {
  try {
    checkSimd();
  } catch {
    return 'unavailable';
  }
  const { precision = 'int8' } = source;
  if (isLoaded && isShared(keyOf(source))) return 'available';
  if (await cache.has(typeOf(source), { precision })) return 'available';
  return isShared(keyOf(source)) ? 'downloading' : 'downloadable';
}

/** A claim on the one model that all embedders share. `onFraction` hears of the download, from 0 to 1. */
export function leaseSource(onFraction: Listener): ModelLease & { ignore(): void } {
  const { type: _, ...options } = source;
  const type = typeOf(source);
  const key = keyOf(source);
  onFraction(0);
  // Somebody else's download is under way.
  if (isShared(key) && lastFraction > 0) onFraction(lastFraction);
  listeners.add(onFraction);
  const lease = leaseModel(key, async () => {
    isLoaded = false;
    lastFraction = 0;
    const model = await WorkerModel.from_type(type, {
      ...options,
      onProgress({ loaded, total }) {
        const fraction = total > 0 ? loaded / total : 0;
        if (fraction <= lastFraction) return;
        lastFraction = fraction;
        for (const tell of listeners) tell(fraction);
      },
    });
    isLoaded = true;
    return model;
  });
  return { ...lease, ignore: () => void listeners.delete(onFraction) };
}

/** The model's name as a space: every version and precision of it is in it. */
export function servedSpace(): string {
  return `edgebert/${typeOf(source).name}`;
}

/** Whether a space may be that of the model; one that names its content is known only after loading. */
export function isServed(space: string): boolean {
  return space === servedSpace() || space.startsWith(`${servedSpace()}/`);
}

/** Sources with the same key share one loaded model. */
function keyOf(source: SemanticEmbedderSource): string {
  const { precision = 'int8', url, baseUrl } = source;
  return ['semantic-embedder', typeOf(source).name, precision, url ?? baseUrl].join(' ');
}

function typeOf({ type = MiniLML6V2 }: SemanticEmbedderSource): WasmModelType {
  return type;
}
