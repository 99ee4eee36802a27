/**
 * Calls one of the caller's callbacks. An error in it must not stop the work that it reports on, so
 * it is reported as an uncaught error of the page, or as a warning of the process.
 */
export function notify<T>(callback: ((value: T) => void) | undefined, value: T): void {
  try {
    callback?.(value);
  } catch (error) {
    if (typeof reportError === 'function') reportError(error);
    else globalThis.process?.emitWarning?.(error instanceof Error ? error : String(error));
  }
}
