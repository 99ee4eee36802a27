import { fetched, notDownloaded } from './fetched';
import type { Part } from './loading';

/** The browser's own store of the collection's files. */
const STORE = 'edgebert-words';

/** A file, and what becomes of it once somebody has looked whether it is the right one. */
export interface KeptFile {
  readonly bytes: Uint8Array;
  /** Keeps it for the next visit; resolves once it is kept, or can't be. */
  keep(): Promise<void>;
  /** Has the next attempt ask the network. */
  drop(): Promise<void>;
}

/** What the files are to a person. */
const WHAT = 'The words';

/**
 * A file of this site, from the browser's store where it is there, else from the network. Its address
 * carries a hash of its content, so that what is kept never goes stale.
 */
export async function keptFile(
  url: string,
  onProgress: (part: Part) => void,
  signal?: AbortSignal,
): Promise<KeptFile> {
  // Only pages in a secure context have it; the others do without.
  const store = await globalThis.caches?.open(STORE).catch(() => undefined);
  const kept = await store?.match(url, { ignoreVary: true });
  const response = kept ?? (await fetched(url, WHAT, signal));
  const bytes = await read(response, kept !== undefined, onProgress).catch((error: unknown) => {
    throw signal?.aborted ? error : notDownloaded(WHAT, 'the connection was lost', error);
  });
  signal?.throwIfAborted();
  return {
    bytes,
    async keep() {
      // Without room for it, the next visit fetches it again.
      if (!kept) await store?.put(url, new Response(bytes)).catch(() => {});
    },
    async drop() {
      await store?.delete(url, { ignoreVary: true }).catch(() => {});
    },
  };
}

/** Whether an earlier visit has left a file here. */
keptFile.has = async (url: string): Promise<boolean> => {
  const store = await globalThis.caches?.open(STORE).catch(() => undefined);
  return (await store?.match(url, { ignoreVary: true })) !== undefined;
};

/** Drops what an earlier version of the page kept. */
export async function keepOnly(urls: readonly string[]): Promise<void> {
  const store = await globalThis.caches?.open(STORE).catch(() => undefined);
  const wanted = new Set(urls.map((url) => new URL(url, document.baseURI).href));
  for (const request of (await store?.keys()) ?? [])
    if (!wanted.has(request.url)) await store?.delete(request);
}

async function read(
  response: Response,
  fromCache: boolean,
  onProgress: (part: Part) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  // What a host compresses has another length on the way; then the end is known only at the end.
  const announced = response.headers.has('content-encoding')
    ? 0
    : Number(response.headers.get('content-length') ?? 0);
  if (!response.body) return new Uint8Array(await response.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let loaded = 0;
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    loaded += value.length;
    onProgress({ loaded, total: Math.max(announced, loaded), fromCache });
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
