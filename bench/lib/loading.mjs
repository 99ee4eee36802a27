// How long an engine takes from an empty page to its first vector, in a browser profile of its own each time:
// one on disk, as people have them, whose second visit finds the scripts in the browser's HTTP cache.
import { Stop, step } from '../../scripts/lib/say.mjs';
import { openPage, withProfile } from './browser.mjs';
import { summary } from './stats.mjs';

/** How long a visit lasts after its first vector, in milliseconds. */
const STAY_MS = 1_000;

/**
 * @param text one text, with its word pieces
 * @returns for each engine: `first` visit (all files from localhost, nothing cached) and, where the library
 * has a cache of its own, the `second`: milliseconds until ready and until the first vector; and memory
 */
export async function measureLoading({ url, engines, text, rounds }) {
  const taken = Object.fromEntries(engines.map(({ name }) => [name, { first: [], second: [] }]));
  for (let round = 0; round < rounds; round++) {
    step('bench', `loading, round ${round + 1} of ${rounds}`);
    for (const { name, keeps } of engines) {
      await withProfile(async (context) => {
        taken[name].first.push(await loadOnce(context, url, name, text));
        if (!keeps) return;
        const second = await loadOnce(context, url, name, text);
        if (keeps === 'reports' && !second.cached)
          throw new Stop(`${name} did not keep its model for the second visit.`);
        taken[name].second.push(second);
      });
    }
  }
  return Object.fromEntries(
    Object.entries(taken).map(([name, { first, second }]) => [name, figures(first, second)]),
  );
}

async function loadOnce(context, url, engine, text) {
  return openPage(context, url, async (page) => {
    const load = await page.evaluate((args) => window.load(...args), [engine, text]);
    // Nobody leaves at the first vector: caches are put in order after it.
    await page.waitForTimeout(STAY_MS);
    return load;
  });
}

function figures(first, second) {
  const visit = (loads) => ({
    ready: summary(loads.map(({ ready }) => ready)),
    vector: summary(loads.map(({ first: ms }) => ms)),
  });
  return {
    first: visit(first),
    ...(second.length > 0 && { second: visit(second) }),
    memoryBytes: Math.max(...first.map(({ memory }) => memory)),
  };
}
