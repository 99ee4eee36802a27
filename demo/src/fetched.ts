import { EdgeBertError } from 'edgebert';

/**
 * A file of this site over the network. What goes wrong is said in words for the person at the page.
 *
 * @param what what the file is to a person
 */
export async function fetched(url: string, what: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal: signal ?? null }).catch((error: unknown) => {
    throw signal?.aborted ? error : notDownloaded(what, 'nothing answers', error);
  });
  if (!response.ok)
    throw notDownloaded(what, `the server answered ${response.status} ${response.statusText}`.trim());
  return response;
}

/** What arrived is not the file that was asked for, and must not be kept. */
export function wrongFile(what: string, cause?: unknown): PageError {
  const problem = `Something else arrived in place of ${what}, such as a network’s login page.`;
  return new PageError('integrity', problem, { cause });
}

/** @param why half a sentence */
export function notDownloaded(what: string, why: string, cause?: unknown): PageError {
  return new PageError('network', `${what} could not be downloaded: ${why}.`, { cause });
}

/** A failure of the page's own, whose message is in words for the person at the page. */
export class PageError extends EdgeBertError {}
