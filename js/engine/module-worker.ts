import { trustedAddress } from './trusted-types.js';

/**
 * A worker that runs the script at an address. Browsers refuse scripts of another origin than the
 * page's, such as a package's on a CDN, but let a script of the page's own import them.
 */
export function moduleWorker(url: string | URL): Worker {
  return isElsewhere(url)
    ? textWorker(`import ${JSON.stringify(String(url))};`)
    : new Worker(trustedAddress(url), { type: 'module' });
}

/** A worker that runs a script given as text. */
export function textWorker(script: string): Worker {
  if (isSandboxed()) {
    // A module worker from a blob: address fails there.
    const address = `data:text/javascript,${encodeURIComponent(script)}`;
    return new Worker(trustedAddress(address), { type: 'module' });
  }
  const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const worker = new Worker(trustedAddress(address), { type: 'module' });
  // Its first message, or its failure, says that the script was read.
  const revoke = () => URL.revokeObjectURL(address);
  worker.addEventListener('message', revoke, { once: true });
  worker.addEventListener('error', revoke, { once: true });
  return worker;
}

/** Whether an address has another origin than the page. */
export function isElsewhere(url: string | URL): boolean {
  const page = globalThis.location;
  if (!page) return false;
  const { origin, protocol } = new URL(url, page.href);
  return /^https?:$/.test(protocol) && (isSandboxed() || origin !== page.origin);
}

/** Whether this is a sandboxed frame without an origin of its own; its `location` still has one. */
function isSandboxed(): boolean {
  return globalThis.origin === 'null';
}
