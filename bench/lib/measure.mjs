// Rounds: in each, every engine takes its turn at every case, so that what slows the machine down
// slows all of them.
import { Stop, step } from '../../scripts/lib/say.mjs';
import { takesPart } from './engines.mjs';
import { summary } from './stats.mjs';

/** Engines must agree that far on a vector, or they don't compute the same thing. */
const LEAST_COSINE = 0.9;
/** What takes longer than this many ms is sampled in a few rounds only, spread over the run. */
const SLOW_MS = 2000;
const SLOW_SAMPLES = 3;

/**
 * @param runners name of an engine → what `pageRunner` gives for it, or the same of another kind
 * @returns for each ceiling and for each engine and case, what `summary` gives of its samples
 */
export async function measureRounds({ page, runners, engines, cases, rounds, sampleMs }) {
  const macs = await page.evaluate((ms) => window.bench.prepareCeilings(ms), sampleMs / 2);
  const plan = [];
  for (const each of cases) {
    step('bench', `warming up: ${each.title}`);
    for (const { name: engine } of engines.filter((engine) => takesPart(engine, each))) {
      const slow = (await runners[engine].prepare(each.name, sampleMs)) > SLOW_MS;
      plan.push({ engine, name: each.name, slow, samples: [] });
    }
  }
  const ceilings = Object.fromEntries(Object.keys(macs).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    step('bench', `round ${round + 1} of ${rounds}`);
    for (const [name, samples] of Object.entries(ceilings)) {
      samples.push(await page.evaluate((ceiling) => window.bench.ceiling(ceiling), name));
    }
    for (const { engine, name, slow, samples } of plan) {
      if (!slow || round % Math.ceil(rounds / SLOW_SAMPLES) === 0)
        samples.push(await runners[engine].sample(name));
    }
  }
  const times = Object.fromEntries(Object.keys(runners).map((engine) => [engine, {}]));
  for (const { engine, name, samples } of plan) times[engine][name] = summary(samples);
  return {
    ceilings: Object.fromEntries(
      Object.entries(ceilings).map(([name, samples]) => [name, { macs: macs[name], ms: summary(samples) }]),
    ),
    times,
  };
}

/** An engine in the page. `prepare` and `sample` give the milliseconds of one repetition of a case. */
export function pageRunner(page, engine) {
  return {
    prepare: (name, ms) => page.evaluate((args) => window.bench.prepare(...args), [engine, name, ms]),
    sample: (name) => page.evaluate((args) => window.bench.sample(...args), [engine, name]),
    vectors: (name) => page.evaluate((args) => window.bench.vectors(...args), [engine, name]),
  };
}

/** The least cosine of each engine's vectors to the first one's, over a case's texts. */
export async function agreement(runners, name, dimension = 384) {
  const [reference] = Object.keys(runners);
  const expected = await runners[reference].vectors(name);
  const least = {};
  for (const [engine, runner] of Object.entries(runners)) {
    least[engine] = Math.min(...cosines(expected, await runner.vectors(name), dimension));
    if (!(least[engine] >= LEAST_COSINE)) {
      throw new Stop(
        `${engine} and ${reference} do not agree: the cosine of a text's vectors is ${least[engine]}.`,
      );
    }
  }
  return least;
}

/** Of unit vectors that lie one after the other. */
function cosines(a, b, dimension) {
  if (a.length !== b.length) return [NaN];
  return Array.from({ length: a.length / dimension }, (_, text) => {
    let sum = 0;
    for (let i = text * dimension; i < (text + 1) * dimension; i++) sum += a[i] * b[i];
    return sum;
  });
}
