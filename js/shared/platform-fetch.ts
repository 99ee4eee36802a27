import { builtin } from './node.js';

/** `fetch`, which reads file: addresses as well where there is a file system. */
export const platformFetch: typeof fetch = async (input, init) => {
  const fs = builtin('node:fs');
  const stream = builtin('node:stream');
  const url = input instanceof Request ? input.url : String(input);
  if (!fs || !stream || !url.startsWith('file:')) return fetch(input, init);
  const path = new URL(url);
  const size = fs.statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return new Response(null, { status: 404, statusText: 'Not Found' });
  const range = new Headers(init?.headers).get('range');
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const body = stream.Readable.toWeb(fs.createReadStream(path, { start }));
  return new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>, {
    status: start > 0 ? 206 : 200,
  });
};
