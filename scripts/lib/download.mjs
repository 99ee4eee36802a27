// Files from the network: quick to give up where there is none, and never half there.
import { createWriteStream, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { temporaryName } from './files.mjs';

const CONNECT_TIMEOUT = 8_000;

/**
 * Downloads `url` to the file `path`.
 *
 * @param check called with the name of the complete file before it is put in place; throws if it is wrong
 * @returns false when the server says that there is no such file (404)
 */
export async function download(url, path, check = async () => {}) {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(new Error(`no answer within ${CONNECT_TIMEOUT / 1000} seconds`)), CONNECT_TIMEOUT);
  const response = await fetch(url, { signal: waiting.signal }).finally(() => clearTimeout(timer));
  if (response.status === 404) return false;
  if (!response.ok) throw new Error(`${url} answered with status ${response.status}`);

  const temporary = temporaryName(path);
  try {
    await pipeline(Readable.fromWeb(response.body), createWriteStream(temporary));
    await check(temporary);
    mkdirSync(dirname(path), { recursive: true });
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  return true;
}

/** The short reason of a failed request: fetch hides it in `cause`. */
export function reason(error) {
  return error.cause?.code ?? error.cause?.message ?? error.message;
}
