import { EdgeBertError, messageOf } from '../shared/errors.js';

/** What a buffer is for, as in the specification; the platform has no such names in old types. */
export const USAGE = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128 } as const;
export const COMPUTE_STAGE = 4;
export const MAP_MODE_READ = 1;

/** The GPU has no memory for what was asked of it. */
export class OutOfMemory extends Error {}
/** The GPU computed nothing, or nothing that can be relied on; or it is gone. */
export class GpuFailure extends Error {}

/**
 * The platform's adapter.
 *
 * @throws EdgeBertError `unsupported` where there is none
 */
export async function requestAdapter(): Promise<GPUAdapter> {
  const gpu = (globalThis.navigator as Partial<Navigator> | undefined)?.gpu;
  if (!gpu) {
    throw unusable(
      'document' in globalThis || 'WorkerGlobalScope' in globalThis
        ? 'this browser has none, or the page is no secure context'
        : 'this runtime has none',
    );
  }
  let adapter: GPUAdapter | null;
  try {
    adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch (error) {
    // Firefox rejects for adapters on its blocklist.
    throw unusable(messageOf(error), error);
  }
  if (!adapter) throw unusable('there is no adapter');
  return adapter;
}

/** Whether an adapter computes on the processor, which wasm does better. */
export function isFallback(adapter: GPUAdapter): boolean {
  // On the adapter itself in Chrome before 140.
  const { isFallbackAdapter = false } = adapter as { isFallbackAdapter?: boolean };
  return adapter.info?.isFallbackAdapter ?? isFallbackAdapter;
}

/**
 * A device with room for buffers of `bytes`.
 *
 * @throws EdgeBertError `unsupported` where there is none
 */
export async function requestDevice(adapter: GPUAdapter, bytes: number): Promise<GPUDevice> {
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  const most = Math.min(maxStorageBufferBindingSize, maxBufferSize);
  if (bytes > most) {
    throw unusable(`the model needs a buffer of ${bytes} bytes, more than the adapter's ${most}`);
  }
  // The smallest that every device has; what a model needs beyond is asked for.
  const requiredLimits: Record<string, number> = {};
  if (bytes > 2 ** 27) requiredLimits.maxStorageBufferBindingSize = bytes;
  if (bytes > 2 ** 28) requiredLimits.maxBufferSize = bytes;
  try {
    return await adapter.requestDevice({ requiredLimits });
  } catch (error) {
    throw unusable(messageOf(error), error);
  }
}

function unusable(reason: string, cause?: unknown): EdgeBertError {
  return new EdgeBertError(
    'unsupported',
    `WebGPU cannot be used here: ${reason.replace(/\.*$/, '')}. Load the model with device 'auto' or 'wasm'.`,
    { cause },
  );
}

/**
 * Runs `work`, which must be synchronous, and waits for what the device has to say of it.
 *
 * @throws OutOfMemory, GpuFailure
 */
export async function checked<T>(device: GPUDevice, work: () => T): Promise<T> {
  const filters = ['internal', 'out-of-memory', 'validation'] as const;
  for (const filter of filters) device.pushErrorScope(filter);
  let result: T | undefined;
  let thrown: unknown;
  try {
    result = work();
  } catch (error) {
    thrown = error;
  }
  const popped = filters.map(() => device.popErrorScope());
  let errors: (GPUError | null)[];
  try {
    errors = await Promise.all(popped);
  } catch (error) {
    throw new GpuFailure(messageOf(error), { cause: error });
  }
  // The scopes come off in the opposite order.
  const [validation, outOfMemory, internal] = errors;
  // A mapping that cannot be had is a RangeError.
  if (outOfMemory || thrown instanceof RangeError)
    throw new OutOfMemory(outOfMemory?.message ?? messageOf(thrown));
  const error = thrown ?? validation ?? internal;
  if (error) throw new GpuFailure((error as { message?: string }).message ?? String(error), { cause: error });
  return result as T;
}

/** Firefox looks for finished work every 100 ms, or when something is submitted (its bug 1870699). */
const NEEDS_NUDGES = /Firefox\//.test(globalThis.navigator?.userAgent ?? '');
const NUDGE = 2;

/** Waits for a buffer to be readable. */
export async function mapped(device: GPUDevice, buffer: GPUBuffer, bytes: number): Promise<void> {
  const nudging = NEEDS_NUDGES ? setInterval(() => device.queue.submit([]), NUDGE) : undefined;
  try {
    await buffer.mapAsync(MAP_MODE_READ, 0, bytes);
  } catch (error) {
    throw new GpuFailure(messageOf(error), { cause: error });
  } finally {
    clearInterval(nudging);
  }
}
