import { EdgeBertError, isErrorCode } from '../shared/errors.js';

/** Called after every trap: the engine's memory can no longer be relied on. */
const onTrap = /* @__PURE__ */ new Set<() => void>();

/** Has `listener` called after each trap of the engine on this thread. */
export function whenTrapped(listener: () => void): void {
  onTrap.add(listener);
}

/** Runs `call` on the engine. Whatever it throws reaches the caller as an EdgeBertError. */
export function engineCall<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    if (thrown instanceof WebAssembly.RuntimeError) for (const listener of onTrap) listener();
    throw fromEngine(thrown);
  }
}

/**
 * What the engine throws, as an EdgeBertError. A trap is reported as the crash of that engine.
 */
export function fromEngine(thrown: unknown): unknown {
  if (thrown instanceof EdgeBertError) return thrown;
  if (thrown instanceof WebAssembly.RuntimeError) {
    return new EdgeBertError(
      'state',
      `The WebAssembly engine crashed (${thrown.message}), probably out of memory. Load the model again.`,
      { cause: thrown },
    );
  }
  if (thrown instanceof Error) {
    const code: unknown = (thrown as { code?: unknown }).code;
    if (isErrorCode(code)) return new EdgeBertError(code, thrown.message, { cause: thrown });
  }
  return thrown;
}
