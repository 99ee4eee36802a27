import { cache, MiniLML6V2, WorkerModel, type WorkerLoadOptions } from 'edgebert';
import url from '../../models/all-MiniLM-L6-v2/model-compact-12.safetensors?url';

/** Half of int8's download. */
const precision = 'compact';

/** The model of this site, in a worker. */
export function loadModel(options: WorkerLoadOptions = {}): Promise<WorkerModel> {
  return WorkerModel.from_type(MiniLML6V2, { url, precision, ...options });
}

/** Whether an earlier visit has left it in this browser. */
export function isModelKept(): Promise<boolean> {
  return cache.has(MiniLML6V2, { precision });
}
