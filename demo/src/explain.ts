import { EdgeBertError } from 'edgebert';
import { PageError } from './fetched';

/** Any failure in words for the person at the page, with what can be done about it. */
export function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof EdgeBertError ? error.code : undefined;
  if (code === 'unsupported') return `This browser cannot run the model. ${message}`;
  if (isAboutNetwork(error, code) && !navigator.onLine) {
    return (
      'There is no network, and this browser does not have all of the page yet. ' +
      'Open it once while connected; after that it works offline.'
    );
  }
  if (error instanceof PageError) return message;
  if (code === 'network') return `The model could not be downloaded. ${message}`;
  if (code === 'quota' || (error instanceof DOMException && error.name === 'QuotaExceededError')) {
    return 'This browser has no more room for this page’s data. Free some space, or remove your files here.';
  }
  if (code === 'worker-lost')
    return 'The model stopped, most likely because the device ran out of memory. Close some tabs and try again.';
  return message;
}

/** `fetch` throws a TypeError when nothing answers. */
function isAboutNetwork(error: unknown, code: string | undefined): boolean {
  return code === 'network' || error instanceof TypeError;
}
