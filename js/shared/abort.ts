/** What a call rejects with when `signal` aborts: the reason that the caller gave, whatever it is. */
export function abortError(signal: AbortSignal): unknown {
  return signal.reason;
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/**
 * Callbacks by signal. Each signal gets a single listener, however many calls share it: Node warns
 * of a leak from the eleventh on.
 */
const callbacks = /* @__PURE__ */ new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `callback` once when `signal` aborts, now if it has. Returns a function that cancels this. */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (!signal) return () => {};
  if (signal.aborted) {
    callback();
    return () => {};
  }
  let set = callbacks.get(signal);
  if (!set) {
    set = new Set();
    callbacks.set(signal, set);
    signal.addEventListener('abort', callBack, { once: true });
  }
  // The same function may be waiting twice.
  const once = () => callback();
  set.add(once);
  return () => {
    const left = callbacks.get(signal);
    if (!left?.delete(once) || left.size > 0) return;
    callbacks.delete(signal);
    signal.removeEventListener('abort', callBack);
  };
}

function callBack(this: AbortSignal): void {
  const set = callbacks.get(this);
  callbacks.delete(this);
  for (const callback of set ?? []) callback();
}

/**
 * Settles as `work` does, or rejects as soon as `signal` aborts. `work` keeps running until it
 * notices the abort; its result is then ignored.
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let forget = () => {};
  const aborted = new Promise<never>((_, reject) => {
    forget = onAbort(signal, () => reject(abortError(signal)));
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    forget();
    // Both may reject: nobody waits for the other one.
    aborted.catch(() => {});
  }
}

/** Waits `milliseconds`, or rejects as soon as `signal` aborts. */
export async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const slept = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await abortable(slept, signal);
  } finally {
    clearTimeout(timer);
  }
}
