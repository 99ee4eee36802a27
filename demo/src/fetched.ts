import { EdgeBertError } from 'edgebert';

/**
 * A file of this site over the network. What goes wrong is said in words for the person at the page.
 *
 * @param what what the file is to a person
 */
export async function fetched(url: string, what: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal: signal ?? null }).catch((error: unknown) => {
    throw signal?.aborted ? error : new DownloadError(what, 'nothing answers', error);
  });
  if (!response.ok)
    throw new DownloadError(what, `the server answered ${response.status} ${response.statusText}`.trim());
  return response;
}

/** What arrived is not the file that was asked for, and must not be kept. */
export function wrongFile(what: string, cause?: unknown): EdgeBertError {
  const problem = `Something else arrived in place of ${what}, such as a network’s login page.`;
  return new EdgeBertError('integrity', problem, { cause });
}

/** A file could not be downloaded; its message says so in words for the person at the page. */
export class DownloadError extends EdgeBertError {
  constructor(what: string, why: string, cause?: unknown) {
    super('network', `${what} could not be downloaded: ${why}.`, { cause });
  }
}
