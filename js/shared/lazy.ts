import { EdgeBertError, messageOf } from './errors.js';

/**
 * A module that few programs need, imported when it is first used: bundlers that split code put it into a
 * file of its own, which most visitors never download.
 *
 * @throws EdgeBertError `unsupported` in a service worker, where `import()` is forbidden; `network` if the
 * file could not be loaded
 */
export async function lazy<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if ('ServiceWorkerGlobalScope' in globalThis) {
      throw new EdgeBertError(
        'unsupported',
        'A service worker cannot import modules while it runs: bundle it into one file, or import ' +
          'edgebert/edgebert.min.js',
        { cause: error },
      );
    }
    throw new EdgeBertError(
      'network',
      `A module of edgebert could not be loaded (${messageOf(error)}): check that all files of the bundle are ` +
        'served, then reload the page',
      { cause: error },
    );
  }
}
