import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import type { WorkerCrossEncoder } from '../../models/worker-cross-encoder.js';
import type { WorkerModel } from '../../models/worker-model.js';
import { abortOnDisconnect, HttpError, readJson, send, sendError, sendJson } from './http.js';
import { Metrics } from './metrics.js';
import { embeddings, rerank } from './routes.js';

/** The models that a server has, each with the name that it gives in its answers. */
export interface Served {
  readonly embedding: { readonly model: WorkerModel; readonly name: string };
  readonly reranker: { readonly model: WorkerCrossEncoder; readonly name: string } | undefined;
  /** Requests that are worked on at a time; more are turned away with 503. */
  readonly mostRequests: number;
  /** Host names, besides the loopback ones, under which the server may be addressed. */
  readonly host: string;
}

type Route = (body: Record<string, unknown>, signal: AbortSignal) => Promise<object>;

/** An HTTP server for one machine: no authentication, no TLS. */
export function embeddingServer(served: Served): Server {
  const { embedding, reranker, mostRequests } = served;
  const metrics = new Metrics();
  let inFlight = 0;

  const routes: Readonly<Record<string, Route>> = {
    '/v1/embeddings': (body, signal) => embeddings(embedding.model, embedding.name, body, signal, metrics),
    '/v1/rerank': (body, signal) => {
      if (reranker) return rerank(reranker.model, reranker.name, body, signal, metrics);
      throw new HttpError(404, 'no reranker is loaded; start the server with --reranker');
    },
  };

  const pages: Readonly<Record<string, (response: ServerResponse) => void>> = {
    '/health': (response) => sendJson(response, 200, { status: 'ok' }),
    '/v1/models': (response) => {
      const names = [embedding.name, ...(reranker ? [reranker.name] : [])];
      const data = names.map((id) => ({ id, object: 'model', created: 0, owned_by: 'edgebert' }));
      sendJson(response, 200, { object: 'list', data });
    },
    '/metrics': (response) => {
      const text = metrics.text([
        { name: 'edgebert_requests_in_flight', help: 'Requests being worked on.', value: inFlight },
        {
          name: 'process_resident_memory_bytes',
          help: 'Resident memory of the process.',
          value: process.memoryUsage.rss(),
        },
      ]);
      send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', text);
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    checkHost(request, served.host);
    const path = (request.url ?? '/').split('?')[0]!;
    const page = own(pages, path);
    if (page && (request.method === 'GET' || request.method === 'HEAD')) return page(response);
    const route = own(routes, path);
    if (!page && !route)
      throw new HttpError(
        404,
        `there is no ${path}; there are ${[...Object.keys(routes), ...Object.keys(pages)].join(', ')}`,
      );
    if (!route || request.method !== 'POST') {
      response.setHeader('allow', route ? 'POST' : 'GET, HEAD');
      throw new HttpError(405, `${path} does not take ${request.method}`);
    }
    if (inFlight >= mostRequests) throw new HttpError(503, `${mostRequests} requests are waiting already`, 1);
    inFlight++;
    const began = performance.now();
    const signal = abortOnDisconnect(response);
    let status = 200;
    try {
      sendJson(response, 200, await route(await readJson(request), signal));
    } catch (error) {
      status = signal.aborted ? 499 : error instanceof HttpError ? error.status : 500;
      throw error;
    } finally {
      inFlight--;
      metrics.answered(path, status, (performance.now() - began) / 1000);
    }
  }

  const server = createServer((request, response) => {
    // Once the server is closing, a connection that is kept alive would hold it up.
    if (!server.listening) response.setHeader('connection', 'close');
    answer(request, response).catch((error: unknown) => {
      const known = error instanceof HttpError;
      // A body that was not read to its end would hold up the next request on this connection.
      if (known && !request.complete) response.setHeader('connection', 'close');
      sendError(response, known ? error : new HttpError(500, String((error as Error)?.message ?? error)));
    });
  });
  return server;
}

function own<T>(table: Readonly<Record<string, T>>, path: string): T | undefined {
  return Object.hasOwn(table, path) ? table[path] : undefined;
}

/**
 * A page of another site can give its own host name this machine's address; its requests name that host. An
 * address in numbers is no such name.
 */
function checkHost(request: IncomingMessage, host: string): void {
  const named = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  if (['localhost', host.toLowerCase()].includes(named)) return;
  if (isIP(named.replace(/^\[(.*)\]$/, '$1')) !== 0) return;
  throw new HttpError(403, `this server is not ${named || 'a nameless host'}`);
}
