// All engines in one page, and PyTorch beside it: texts, engines, agreement, then the rounds.
import { step } from '../../scripts/lib/say.mjs';
import { agreement, measureRounds, pageRunner } from './measure.mjs';
import { startPytorch } from './pytorch.mjs';

/**
 * @param page bench/page/bench.js
 * @param settings the cases, the rounds, how long a sample takes, and a Python for PyTorch
 * @returns what `measureRounds` does, how far the engines agree, a text with its word pieces, PyTorch's
 * version
 */
export async function measureEncodes(page, engines, { cases, rounds, sampleMs, pytorch }) {
  await page.evaluate((list) => window.bench.makeTexts(list), cases);
  const runners = {};
  for (const { name } of engines.filter(({ native }) => !native)) {
    step('bench', `loading ${name}`);
    await page.evaluate((engine) => window.bench.load(engine), name);
    runners[name] = pageRunner(page, name);
  }
  const torch = engines.some(({ native }) => native)
    ? await startPytorch(pytorch, await wordPieces(page, cases))
    : undefined;
  if (torch) runners.pytorch = torch;
  try {
    return {
      text: await page.evaluate((name) => window.bench.text(name), cases[0].name),
      torch: torch?.version,
      agreement: await agreement(runners, (cases.find(({ padded }) => padded) ?? cases[0]).name),
      ...(await measureRounds({ page, runners, cases, rounds, sampleMs })),
    };
  } finally {
    torch?.close();
  }
}

async function wordPieces(page, cases) {
  const ids = {};
  for (const { name } of cases) ids[name] = await page.evaluate((which) => window.bench.ids(which), name);
  return ids;
}
