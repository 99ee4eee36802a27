/**
 * Runs `work` while no other tab or worker of this origin runs work under the same name. Where
 * there are no Web Locks it just runs: what is done under the lock must be right without it, at
 * the price of doing it twice. Rejects with the signal's reason if it aborts while waiting.
 */
export async function withLock<T>(
  name: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const locks = globalThis.navigator?.locks;
  if (!locks) return work();
  let granted = false;
  try {
    return await locks.request(name, signal ? { signal } : {}, () => {
      granted = true;
      return work();
    });
  } catch (error) {
    if (granted || signal?.aborted) throw error;
    // Refused altogether, as in a sandboxed frame.
    return work();
  }
}
