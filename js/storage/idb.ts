// What every IndexedDB database of this package needs.
import { EdgeBertError } from '../shared/errors.js';

/** Milliseconds after which an open request is given up. */
const OPEN_LIMIT = 5_000;

/** The database, or a rejection if the browser does not answer in time, as some browsers don't. */
export async function openWithin<T extends { close(): void }>(opening: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new EdgeBertError('state', 'IndexedDB did not open within 5 seconds')),
      OPEN_LIMIT,
    );
  });
  try {
    return await Promise.race([opening, late]);
  } catch (error) {
    // If it opens after all, nobody else would close it.
    opening.then((database) => database.close()).catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** What a full disk or an exhausted quota makes a write to a file fail with. */
const FULL = ['ENOSPC', 'EDQUOT'];

/** Whether a write failed because there is no room left, in the database or on the disk. */
export function isQuota(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'QuotaExceededError' || FULL.includes(String((error as { code?: unknown }).code));
}
