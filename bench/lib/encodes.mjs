// All engines in one page, and native ones beside it: texts, engines, agreement, then the rounds.
import { step } from '../../scripts/lib/say.mjs';
import { fidelity } from './fidelity.mjs';
import { agreement, measureRounds, pageRunner } from './measure.mjs';
import { startPytorch } from './pytorch.mjs';

/**
 * @param page bench/page/bench.js
 * @param settings the cases, the rounds, how long a sample takes, a Python for PyTorch, and a folder with
 * texts and their reference vectors
 * @returns what `measureRounds` does, how far the engines agree, how near they are to the reference, the
 * kernels that edgebert chose, a text with its word pieces, versions of what runs natively
 */
export async function measureEncodes(page, engines, { cases, rounds, sampleMs, python, reference }) {
  await page.evaluate((list) => window.bench.makeTexts(list), cases);
  const runners = {};
  const kernels = {};
  for (const { name } of engines.filter(({ native }) => !native)) {
    step('bench', `loading ${name}`);
    kernels[name] = await page.evaluate((engine) => window.bench.load(engine), name);
    runners[name] = pageRunner(page, name);
  }
  const natives = {};
  const start = async (name, ask, ...option) => {
    if (!engines.some((engine) => engine.name === name)) return;
    step('bench', `starting ${name}`);
    natives[name] = await startPytorch(python, await inputs(page, cases, ask), ...option);
  };
  try {
    await start('pytorch', 'ids');
    await start('sentence-transformers', 'texts', '--sentence-transformers');
    Object.assign(runners, natives);
    const padded = cases.find((each) => each.padded && !each.aside) ?? cases[0];
    return {
      kernels,
      text: await page.evaluate((name) => window.bench.text(name), cases[0].name),
      natives: Object.fromEntries(Object.entries(natives).map(([name, { version }]) => [name, version])),
      agreement: await agreement(runners, padded.name),
      ...(await measureRounds({ page, runners, engines, cases, rounds, sampleMs })),
      fidelity: reference && (await fidelity(page, engines, reference)),
    };
  } finally {
    for (const { close } of Object.values(natives)) close();
  }
}

/** @param ask `ids` or `texts`: the page's function that gives them for a case */
async function inputs(page, cases, ask) {
  const all = {};
  for (const { name } of cases)
    all[name] = await page.evaluate(([what, which]) => window.bench[what](which), [ask, name]);
  return all;
}
