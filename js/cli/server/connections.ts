import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { Server as TcpServer, type Socket } from 'node:net';

/** Once a server ends, how often it closes what nobody uses any more, in milliseconds. */
const EACH = 100;
/** How long it then waits for the rest of a request, or for an answer to be read, in milliseconds. */
const GRACE = 1000;

/** A server's connections, so that it can end although clients keep some of them open. */
export class Connections {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #responses = new Set<ServerResponse>();
  /** Until when those are waited for that wait for their client. */
  readonly #deadlines = new WeakMap<ServerResponse, number>();

  /** To be made before the server listens. */
  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => keepWhileOpen(this.#sockets, socket));
    server.on('request', (_, response: ServerResponse) => keepWhileOpen(this.#responses, response));
  }

  /**
   * Takes no more requests, and resolves when those that were received whole are answered. Clients that
   * send nothing, or only a part, or don't read their answers, are waited for briefly.
   */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    // `http.Server` has a close() that cuts off answers which are still being sent.
    TcpServer.prototype.close.call(this.#server);
    const sweep = setInterval(() => this.#closeUnused(), EACH);
    await closed;
    clearInterval(sweep);
  }

  #closeUnused(): void {
    const used = new Set<Socket>();
    for (const response of this.#responses) if (this.#isWaitedFor(response)) used.add(response.req.socket);
    for (const socket of this.#sockets) if (!used.has(socket)) socket.destroy();
  }

  #isWaitedFor(response: ServerResponse): boolean {
    if (response.req.complete && !response.writableEnded) {
      this.#deadlines.delete(response);
      return true;
    }
    const now = performance.now();
    const deadline = this.#deadlines.get(response) ?? now + GRACE;
    this.#deadlines.set(response, deadline);
    return now < deadline;
  }
}

function keepWhileOpen<T extends Socket | ServerResponse>(all: Set<T>, one: T): void {
  all.add(one);
  one.once('close', () => all.delete(one));
}
