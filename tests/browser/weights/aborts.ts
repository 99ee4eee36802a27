/** Numbers from 0 to 1, the same ones in every run. */
export function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** `count` moments, in milliseconds, within so many. */
export function momentsOf(seed: number, count: number, within: number): number[] {
  const random = numbers(seed);
  return Array.from({ length: count }, () => random.next().value * within);
}

/**
 * To be run on a page: aborts loads at these moments, one after the other, and says how each ended
 * and how long that took at most.
 */
export const abortHere = async ({ moments, baseUrl }: { moments: number[]; baseUrl?: string }) => {
  const { WasmModel, MiniLML6V2, cache } = await import('edgebert');
  const ends: Record<string, number> = {};
  let slowest = 0;
  for (const moment of moments) {
    const controller = new AbortController();
    let abortedAt = Infinity;
    setTimeout(() => {
      abortedAt = performance.now();
      controller.abort();
    }, moment);
    try {
      const model = await WasmModel.from_type(MiniLML6V2, {
        ...(baseUrl !== undefined && { baseUrl }),
        signal: controller.signal,
      });
      model.free();
      ends.loaded = (ends.loaded ?? 0) + 1;
      await cache.clear();
    } catch (thrown) {
      const { name } = thrown as Error;
      ends[name] = (ends[name] ?? 0) + 1;
      slowest = Math.max(slowest, performance.now() - abortedAt);
    }
  }
  return { ends, slowest };
};
