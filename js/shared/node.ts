/**
 * A built-in module of Node.js, which Deno and Bun have too; undefined in browsers. It is not
 * imported, because bundlers would then look for it on behalf of a page.
 */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  // Edge runtimes have a `process` whose methods throw.
  if ('EdgeRuntime' in globalThis) return undefined;
  return globalThis.process?.getBuiltinModule?.(name) as Builtins[Name] | undefined;
}

/** A variable of the process's environment; undefined in browsers, if it is empty, or if Deno denies it. */
export function environment(name: string): string | undefined {
  if (!builtin('node:os')) return undefined;
  try {
    return globalThis.process.env[name]?.trim() || undefined;
  } catch {
    return undefined;
  }
}

interface Builtins {
  'node:fs': typeof import('node:fs');
  'node:fs/promises': typeof import('node:fs/promises');
  'node:os': typeof import('node:os');
  'node:path': typeof import('node:path');
  'node:stream': typeof import('node:stream');
  'node:url': typeof import('node:url');
  'node:worker_threads': typeof import('node:worker_threads');
}
