import { EdgeBertError } from 'edgebert';

/**
 * A file of this site over the network. What goes wrong is said in words for the person at the page.
 *
 * @param what what the file is to a person
 */
export async function fetched(url: string, what: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal: signal ?? null }).catch((error: unknown) => {
    throw signal?.aborted ? error : unfetched(what, 'nothing answers', error);
  });
  if (!response.ok) throw unfetched(what, `the answer is ${response.status} ${response.statusText}`.trim());
  return response;
}

/** Says that a file can't be had. */
export function unfetched(what: string, why: string, cause?: unknown): EdgeBertError {
  return new EdgeBertError('network', `${what} can’t be fetched: ${why}.`, { cause });
}
