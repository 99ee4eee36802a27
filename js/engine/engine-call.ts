import { EdgeBertError, isErrorCode, messageOf } from '../shared/errors.js';

let crashes = 0;

/** How often the engine on this thread has crashed. What it held before a crash can't be relied on. */
export function crashCount(): number {
  return crashes;
}

/** Runs `call` on the engine. Whatever it throws reaches the caller as an EdgeBertError. */
export function engineCall<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    if (isCrash(thrown)) crashes++;
    throw fromEngine(thrown);
  }
}

/** Frees what is in the engine, unless it crashed since there were `before` crashes: then it is gone. */
export function release(handle: { free(): void } | undefined, before: number): void {
  if (before === crashes) handle?.free();
}

/** Whether the engine stopped in mid-work: by a trap, or because the stack was exhausted. */
export function isCrash(thrown: unknown): boolean {
  if (thrown instanceof WebAssembly.RuntimeError) return true;
  return thrown instanceof Error && /call stack|too much recursion/i.test(thrown.message);
}

/** What the engine throws, as an EdgeBertError. */
export function fromEngine(thrown: unknown): unknown {
  if (thrown instanceof EdgeBertError) return thrown;
  if (isCrash(thrown)) {
    return new EdgeBertError(
      'state',
      `The WebAssembly engine crashed (${messageOf(thrown)}), probably out of memory. Load the model again.`,
      { cause: thrown },
    );
  }
  if (thrown instanceof Error) {
    const code: unknown = (thrown as { code?: unknown }).code;
    if (isErrorCode(code)) return new EdgeBertError(code, thrown.message, { cause: thrown });
  }
  return thrown;
}
