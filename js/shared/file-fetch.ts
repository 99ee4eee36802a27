import { EdgeBertError } from './errors.js';
import { builtin } from './node.js';

/** `fetch` of a file: address; a Range from some byte on is honoured. */
export async function fetchFile(url: string, init: RequestInit | undefined): Promise<Response> {
  const fs = builtin('node:fs')!;
  const stream = builtin('node:stream')!;
  const path = new URL(url);
  const stats = statusOf(url, () => fs.statSync(path, { throwIfNoEntry: false }));
  if (stats === undefined) return new Response(null, { status: 404, statusText: 'Not Found' });
  if (stats.isDirectory()) throw new EdgeBertError('network', `${url} is a folder, not a file`);
  // Deno asks for one more permission where a file's access rights are asked for.
  statusOf(url, () => fs.closeSync(fs.openSync(path, 'r')));
  const range = new Headers(init?.headers).get('range');
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const body = stream.Readable.toWeb(fs.createReadStream(path, { start }));
  return new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>, {
    status: start > 0 ? 206 : 200,
  });
}

/** What the file system returns; throws an error that is not retried. */
function statusOf<T>(url: string, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    // Part of the path is a file, not a folder: the file does not exist.
    if ((error as { code?: unknown }).code === 'ENOTDIR') return undefined as T;
    throw new EdgeBertError('network', `${url} could not be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
