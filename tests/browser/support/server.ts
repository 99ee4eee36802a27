import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

/** One request that reached the server. */
export interface Logged {
  readonly method: string;
  readonly path: string;
}

/** Answers one request in the server's place. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
};

/**
 * A static file server that keeps a log of what was asked for and can be told, address by address,
 * to misbehave. It sends no caching and no isolation headers: pages must do without.
 */
export class TestServer {
  readonly log: Logged[] = [];
  readonly #server: Server;
  readonly #folders = new Map<string, string>();
  readonly #answers = new Map<string, Answer>();

  private constructor() {
    this.#server = createServer((request, response) => this.#respond(request, response));
  }

  /** Starts on a free port. */
  static async start(): Promise<TestServer> {
    const server = new TestServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  /** A name that browsers take for a secure context, as they do https. */
  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Serves a folder's files under `prefix`, which begins and ends with a slash. */
  mount(prefix: string, folder: string): void {
    this.#folders.set(prefix, folder);
  }

  /** Serves a page. */
  page(path: string, html: string): void {
    this.answer(path, (_, response) => response.setHeader('content-type', TYPES['.html']!).end(html));
  }

  /** Answers every request for `path` with `answer` until the next `reset`. */
  answer(path: string, answer: Answer): void {
    this.#answers.set(path, answer);
  }

  /** Forgets the log and every special answer. */
  reset(): void {
    this.log.length = 0;
    this.#answers.clear();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    this.log.push({ method: request.method ?? '', path });
    // Answers to requests that a route sent on from another host are read across origins.
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('cache-control', 'no-store');
    const answer = this.#answers.get(path);
    if (answer) answer(request, response);
    else this.#sendFile(path, request, response);
  }

  #sendFile(path: string, request: IncomingMessage, response: ServerResponse): void {
    const file = this.#find(path);
    if (!file) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('no such file');
      return;
    }
    const { size } = statSync(file);
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.setHeader('accept-ranges', 'bytes');
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (start >= size && start > 0) {
      response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
      return;
    }
    if (start > 0) response.setHeader('content-range', `bytes ${start}-${size - 1}/${size}`);
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': size - start });
    createReadStream(file, { start }).pipe(response);
  }

  #find(path: string): string | undefined {
    for (const [prefix, folder] of this.#folders) {
      if (!path.startsWith(prefix)) continue;
      const inside = normalize(path.slice(prefix.length)) || 'index.html';
      const file = join(folder, inside === './' || inside === '.' ? 'index.html' : inside);
      if (!inside.startsWith('..') && existsSync(file) && statSync(file).isFile()) return file;
    }
    return undefined;
  }
}
