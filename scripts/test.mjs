// npm test: all that a change has to pass. npm test -- style rust (or node, or browser) runs those parts
// only.
// npm run test:all (--all): with it every bundler and runtime of tests/consumers; where CI is set, too.
import { build } from './build.mjs';
import { buildDemo } from './demo-build.mjs';
import { Stop, main, say, seconds } from './lib/say.mjs';
import { stages } from './lib/stages.mjs';
import { packedModel } from './model.mjs';
import { setup } from './setup.mjs';

async function test(args) {
  // All of it takes two minutes more.
  const all = args.includes('--all') || process.env.CI === 'true';
  const parts = args.filter((arg) => arg !== '--all');
  const known = [...new Set(stages.map(({ part }) => part))];
  const unknown = parts.find((part) => !known.includes(part));
  if (unknown) throw new Stop(`There is no part "${unknown}": there are ${known.join(', ')}.`);
  const chosen = stages.filter(({ part }) => parts.length === 0 || parts.includes(part));

  const started = performance.now();
  // Questions about system packages, if there are any, come before the tests and not between them.
  const wanted = ['firefox', 'webkit'].filter((browser) => chosen.some(({ part }) => part === browser));
  await setup({ browsers: ['chromium', ...wanted] });
  if (chosen.some(({ part }) => part !== 'rust' && part !== 'style')) {
    await build();
    await packedModel();
  }
  if (chosen.some(({ part }) => part === 'demo')) await buildDemo();
  let passed = 0;
  for (const stage of chosen) passed += await runStage(stage, { all });
  say(`All of it took ${seconds(started)}.`);
  say(`${passed} passed, 0 failed`);
}

/** One line a stage: what it does at once, how it went at its end. */
async function runStage({ part, does, run }, options) {
  const started = performance.now();
  process.stdout.write(`${part.padEnd(10)}${does} … `);
  try {
    const { passed = 0, note } = await run(options);
    say([note ?? (passed ? `${passed} passed` : 'fine'), seconds(started)].join(', '));
    return passed;
  } catch (error) {
    say('failed');
    throw error;
  }
}

await main(import.meta, test);
