// The stopwatch of the kernels' trial, on simulated machines: code that is optimised late, interruptions, and
// clocks of every kind.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { source } from './support/source.mjs';

const { leastTimes } = await source('engine/trial.ts');

const { now } = performance;
afterEach(() => (performance.now = now));

/** Numbers from 0 to 1, the same in every run. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * A machine on which run `i` takes `cost(i, now)` ms, and is interrupted for 3 to 30 ms once in so many
 * milliseconds; its clock has steps of `step` ms.
 */
function machine({ costs, step = 0.005, interruptedEvery = Infinity, seed = 1 }) {
  const random = randomNumbers(seed);
  const nextPause = () => -Math.log(1 - random()) * interruptedEvery;
  // Where the clock's step begins is chance, too.
  const state = { now: 1000 + random() * step, runs: 0 };
  let pause = state.now + nextPause();
  performance.now = () => Math.floor(state.now / step) * step;
  const works = costs.map((cost) => (runs) => {
    for (let run = 0; run < runs; run++) {
      state.now += cost(state.now - 1000);
      state.runs++;
      if (state.now < pause) continue;
      state.now += 3 + 27 * random();
      pause = state.now + nextPause();
    }
  });
  return { state, works };
}

/** Milliseconds of a run before code is optimised, when it is, and after that. */
const tiered = (before, at, after) => (now) => (now < at ? before : after);

/** What the trial finds, and how long it takes. */
function trial(settings, close = () => false) {
  const { state, works } = machine(settings);
  const times = leastTimes(works, close);
  let turns = 0;
  for (;;) {
    const { done, value } = times.next();
    if (done) return { times: value, turns, ms: state.now - 1000, runs: state.runs };
    turns++;
  }
}

function assertNear(found, expected, tolerance) {
  for (const [index, time] of found.entries()) {
    const off = Math.abs(time / expected[index] - 1);
    assert.ok(off <= tolerance, `${found} instead of ${expected}`);
  }
}

const OPTIMISED = [0.02, 0.01, 0.015];

test('code that was optimised before the trial: a few short turns', () => {
  const { times, ms, turns } = trial({ costs: OPTIMISED.map((cost) => () => cost) });
  assertNear(times, OPTIMISED, 0.01);
  assert.ok(ms < 100, `${ms} ms`);
  // So that others have their turns.
  assert.ok(ms / turns < 3);
});

test('code that is optimised in the middle of the trial, each loop at another time', () => {
  // Before, the first is the slowest by far, and in between the fastest.
  const slow = [0.07, 0.03, 0.034];
  for (const at of [
    [5, 40, 60],
    [60, 40, 5],
    [1, 30, 30],
    [45, 3, 3],
  ]) {
    const costs = OPTIMISED.map((cost, index) => tiered(slow[index], at[index], cost));
    assertNear(trial({ costs }).times, OPTIMISED, 0.02);
  }
});

test('a busy machine, whose compiler is late, too', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const costs = [tiered(0.07, 150, 0.02), tiered(0.03, 60, 0.01), tiered(0.034, 80, 0.015)];
    // A thread has a fifth of a core.
    const { times, ms } = trial({ costs, step: 0.1, interruptedEvery: 4, seed });
    assertNear(times, OPTIMISED, 0.12);
    assert.ok(ms < 650, `${ms} ms`);
  }
});

test('times that decide by little are taken more often', () => {
  const costs = [tiered(0.04, 9, 0.02), tiered(0.02, 9, 0.01), tiered(0.03, 9, 0.015)];
  const seen = [];
  const close = (times) => {
    seen.push(times);
    return true;
  };
  const surer = trial({ costs }, close);
  assert.ok(surer.turns >= 1.5 * trial({ costs }).turns);
  assertNear(seen.at(-1), OPTIMISED, 0.01);
});

test('a clock with steps of a millisecond', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { times } = trial({ costs: OPTIMISED.map((cost) => () => cost), step: 1, seed });
    assertNear(times, OPTIMISED, 0.05);
  }
});

test('a clock with steps of a tenth of a second ends the trial after one round', () => {
  const { turns, ms } = trial({ costs: OPTIMISED.map((cost) => () => cost), step: 100 });
  assert.ok(turns <= 6 && ms < 1000, `${turns} turns in ${ms} ms`);
});

test('a clock that stands still tells nothing, soon', () => {
  const { times, runs } = trial({ costs: OPTIMISED.map((cost) => () => cost), step: 1e9 });
  assert.deepEqual(times, [0, 0, 0]);
  assert.ok(runs <= 16_384);
});

test('times that never agree end after half a second', () => {
  const costs = OPTIMISED.map((cost) => (now) => cost * (1 + now / 20));
  const { ms } = trial({ costs });
  assert.ok(ms > 490 && ms < 560, `${ms} ms`);
});
