// Files from the network: quick to give up where there is none, and never half there.
import { createWriteStream, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { temporaryName } from './files.mjs';

const CONNECT_TIMEOUT = 8_000;
const STALL_TIMEOUT = 30_000;

/**
 * Downloads `url` to the file `path`.
 *
 * @param check called with the name of the complete file before it is put in place; throws if it is wrong
 * @returns false when the server says that there is no such file (404)
 */
export async function download(url, path, check = async () => {}) {
  const clock = new Clock();
  const temporary = temporaryName(path);
  try {
    clock.expect('no answer', CONNECT_TIMEOUT);
    const response = await fetch(url, { signal: clock.signal });
    if (response.status === 404) {
      await response.body?.cancel();
      return false;
    }
    if (!response.ok) throw new Error(`${url} answered with status ${response.status}`);
    await pipeline(ticking(response.body, clock), createWriteStream(temporary));
    await check(temporary);
    mkdirSync(dirname(path), { recursive: true });
    renameSync(temporary, path);
    return true;
  } finally {
    clock.stop();
    rmSync(temporary, { force: true });
  }
}

async function* ticking(body, clock) {
  clock.expect('no more bytes', STALL_TIMEOUT);
  for await (const chunk of body) {
    clock.expect('no more bytes', STALL_TIMEOUT);
    yield chunk;
  }
}

/** Aborts its signal when what is expected takes too long. */
class Clock {
  #controller = new AbortController();
  #timer;
  signal = this.#controller.signal;

  expect(lack, milliseconds) {
    this.stop();
    this.#timer = setTimeout(
      () => this.#controller.abort(new Error(`${lack} for ${milliseconds / 1000} seconds`)),
      milliseconds,
    );
  }

  stop() {
    clearTimeout(this.#timer);
  }
}

/** The short reason of a failed request: fetch hides it in `cause`. */
export function reason(error) {
  return error.cause?.code ?? error.cause?.message ?? error.message;
}
