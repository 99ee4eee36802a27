import { createServer } from 'node:http';

/** A server whose answers a test sets, path by path; it keeps a log of what was asked of it. */
export class Origin {
  /** What is served, by path; see `serve`. Its body may be a function that answers. */
  files = new Map();
  log = [];
  #server;
  #url;

  static async start() {
    const origin = new Origin();
    origin.#server = createServer((request, response) => origin.#respond(request, response));
    await new Promise((resolve) => origin.#server.listen(0, '127.0.0.1', resolve));
    origin.#url = `http://127.0.0.1:${origin.#server.address().port}`;
    return origin;
  }

  get url() {
    return this.#url;
  }

  /** Serves a file. */
  serve(path, body, { etag, status = 200, type = 'application/octet-stream' } = {}) {
    this.files.set(path, { body, etag, status, type });
  }

  /** The requests for a file, without those for its version alone. */
  get gets() {
    return this.log.filter(({ method }) => method === 'GET');
  }

  async close() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #respond(request, response) {
    const { pathname, search } = new URL(request.url, 'http://localhost');
    this.log.push({ method: request.method, path: pathname, search, headers: request.headers });
    const file = this.files.get(pathname);
    if (typeof file?.body === 'function') return file.body(request, response);
    if (!file) return response.writeHead(404, { 'content-type': 'text/plain' }).end();
    const { body, etag, status, type } = file;
    const headers = { 'content-type': type, ...(etag && { etag }) };
    if (etag && request.headers['if-none-match'] === etag) return response.writeHead(304, headers).end();
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const bytes = Buffer.from(body).subarray(start);
    response.writeHead(start > 0 ? 206 : status, { ...headers, 'content-length': bytes.length });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }
}
