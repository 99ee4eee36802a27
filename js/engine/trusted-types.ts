/** The part of Trusted Types that is used here; TypeScript's own library does not have them yet. */
interface Policy {
  createScriptURL(address: string): string;
}

interface Factory {
  createPolicy(name: string, rules: Policy): Policy;
}

let policy: Policy | undefined;

/**
 * The address of a worker's script as a page with `require-trusted-types-for 'script'` wants it. Such a
 * page allows it by `trusted-types edgebert`; where it does not, the browser refuses the address.
 */
export function trustedAddress(address: string | URL): string | URL {
  const { trustedTypes } = globalThis as { trustedTypes?: Factory };
  if (!trustedTypes || isTrusted(address)) return address;
  try {
    policy ??= trustedTypes.createPolicy('edgebert', { createScriptURL: (address) => address });
    return policy.createScriptURL(String(address));
  } catch {
    return address;
  }
}

/** Whether the page has made an address into a TrustedScriptURL of its own. */
export function isTrusted(address: unknown): boolean {
  return (address as object | undefined)?.constructor?.name === 'TrustedScriptURL';
}

/** Runs `start`, in which `new Worker` with any address starts the worker at the trusted one. */
export function withTrustedAddresses(start: () => Worker): Worker {
  if (!('trustedTypes' in globalThis)) return start();
  const scope = globalThis as { Worker: typeof Worker };
  const { Worker: Original } = scope;
  scope.Worker = function (address: string | URL, options?: WorkerOptions) {
    return new Original(trustedAddress(address), options);
  } as unknown as typeof Worker;
  try {
    return start();
  } finally {
    scope.Worker = Original;
  }
}
