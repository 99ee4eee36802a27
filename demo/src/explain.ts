import { EdgeBertError } from 'edgebert';

/** Any failure in words for the person at the page, with what can be done about it. */
export function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof EdgeBertError ? error.code : undefined;
  if (code === 'unsupported') return `This browser can’t run the model. ${message}`;
  if (isAboutNetwork(error, code) && !navigator.onLine) {
    return (
      'There is no network, and this browser doesn’t have all of the page yet. ' +
      'Open it once while connected; from then on it works offline.'
    );
  }
  if (code === 'network') return `The download didn’t work. ${message}`;
  if (code === 'quota' || (error instanceof DOMException && error.name === 'QuotaExceededError')) {
    return 'The browser has no more room for this page’s data. Free some space, or take all texts off the shelf.';
  }
  if (code === 'worker-lost')
    return 'The model was stopped, most likely for want of memory. Close some tabs and try again.';
  return message;
}

/** `fetch` throws a TypeError when nothing answers. */
function isAboutNetwork(error: unknown, code: string | undefined): boolean {
  return code === 'network' || error instanceof TypeError;
}
