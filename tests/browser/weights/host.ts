import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { packedFile } from '../support/paths';
import type { TestServer } from '../support/server';

export const packed = readFileSync(packedFile);
export const headerBytes = 8 + Number(packed.readBigUInt64LE(0));
/** Where the package looks for the model under the base address `/models`. */
export const PACKED = '/models/all-MiniLM-L6-v2/model-int8.safetensors';

/** What goes wrong with one answer. */
export interface Fault {
  /** Answered instead of the file. */
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** The connection is cut after this byte of the file. */
  readonly cutAt?: number;
  /** The lowest bit of this byte of the file is wrong. */
  readonly flipAt?: number;
  /** The whole file is sent, whatever range was asked for. */
  readonly ignoresRanges?: boolean;
  /** The Content-Length is this, or is left out. */
  readonly length?: number | 'none';
  readonly gzip?: boolean;
}

/** Bytes that are sent before the next ones are. */
const PORTION = 256 * 1024;

/** A server of the packed file that counts what it sends, and fails as told. */
export class Host {
  /** Bytes of the file that were sent. */
  served = 0;
  /** The Range header of each request, or an empty text. */
  readonly ranges: string[] = [];
  /** When each request came, in milliseconds. */
  readonly times: number[] = [];
  /** Faults of the next answers, one each; then all is well. */
  faults: Fault[] = [];
  /** Milliseconds from one portion to the next. */
  pause = 0;

  constructor(server: TestServer, path = PACKED) {
    server.answer(path, (request, response) => void this.#answer(request, response));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.faults.shift() ?? {};
    this.ranges.push(request.headers.range ?? '');
    this.times.push(performance.now());
    for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value);
    if (fault.status) {
      response.writeHead(fault.status).end();
      return;
    }
    if (fault.gzip) {
      const body = gzipSync(packed, { level: 1 });
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length }).end(body);
      return;
    }
    const asked = fault.ignoresRanges ? undefined : /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const start = Number(asked ?? 0);
    response.setHeader('content-type', fault.headers?.['content-type'] ?? 'application/octet-stream');
    if (asked) response.setHeader('content-range', `bytes ${start}-${packed.length - 1}/${packed.length}`);
    if (fault.length !== 'none') response.setHeader('content-length', fault.length ?? packed.length - start);
    response.writeHead(asked ? 206 : 200);
    await this.#send(response, start, fault);
  }

  async #send(response: ServerResponse, start: number, fault: Fault): Promise<void> {
    let bytes = packed;
    if (fault.flipAt !== undefined) {
      bytes = Buffer.from(packed);
      bytes[fault.flipAt]! ^= 1;
    }
    const end = Math.min(
      fault.cutAt ?? packed.length,
      start + (typeof fault.length === 'number' ? fault.length : Infinity),
    );
    for (let offset = start; offset < end && !response.destroyed; offset += PORTION) {
      const portion = bytes.subarray(offset, Math.min(offset + PORTION, end));
      if (!response.write(portion)) await drained(response);
      this.served += portion.length;
      if (this.pause > 0) await sleep(this.pause);
    }
    if (fault.cutAt === undefined) response.end();
    else {
      // Browsers drop what they have received but not yet handed to the page when a connection breaks.
      await sleep(200);
      response.socket?.end();
    }
  }
}

/** Resolves once there is room again, or nobody listens any more. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
    if (response.destroyed) done();
  });
}
