/** Does the same work `runs` times over. */
export type Work = (runs: number) => void;

/**
 * Milliseconds of a sample. In browsers a clock's steps are up to 0.1 ms, or 1 ms; a longer sample would be
 * interrupted more often on a busy machine, which gives a thread some 3 ms at a time.
 */
const SAMPLE = 1.5;
/** Milliseconds of each of the first samples, which are there to see code before it is optimised. */
const SHORT = 0.5;
/** How many of these there are. */
const SHORT_SAMPLES = 3;
/** The most runs of one sample, some 100 ms: there are clocks that stand still while a script runs. */
const MOST_RUNS = 16_384;
/** Runs between two looks at the clock. */
const STEP = 4;
/** Samples up to this multiple of the least one count as undisturbed. */
const UNDISTURBED = 1.1;
/** A time that has fallen to this share is that of optimised code. */
const OPTIMISED = 0.7;
/** Undisturbed samples that optimised code needs. */
const ENOUGH = 4;
/** The same where times decide by little, and where no code became faster: perhaps all was optimised. */
const MANY = 12;
/** The same for code that has not become faster where other code has: it should be about to. */
const MOST = 24;
/** Milliseconds after which a trial ends in any case. */
const LONGEST = 500;

/** What is known of the time that one kind of work takes. */
interface Timing {
  samples: number;
  /** Milliseconds of one run in the quickest sample. */
  least: number;
  /** Undisturbed samples since the least one was notably longer. */
  alike: number;
  /** Whether the least one fell by much, after the first samples. */
  optimised: boolean;
}

/**
 * The milliseconds that each of `works` takes at its best, found side by side in short turns. It yields after
 * every sample, so that the caller can let others have theirs.
 *
 * Engines compile code in a hurry first, which takes two to three times as long, and well in the background,
 * which takes the longer the busier the machine is. So a time counts once several undisturbed samples agree
 * on it after it has fallen, and more of them where it has not. `close` says whether times decide by little.
 *
 * @returns one time for each of `works`; zeros where the clock cannot tell
 */
export function* leastTimes(
  works: readonly Work[],
  close: (times: readonly number[]) => boolean,
): Generator<void, readonly number[], void> {
  const timings = works.map((): Timing => ({ samples: 0, least: Infinity, alike: 0, optimised: false }));
  const end = performance.now() + LONGEST;
  for (;;) {
    for (const [index, work] of works.entries()) {
      const timing = timings[index]!;
      const time = sample(work, timing.samples < SHORT_SAMPLES ? SHORT : SAMPLE);
      if (time === 0) return works.map(() => 0);
      note(timing, time);
      yield;
    }
    const times = timings.map(({ least }) => least);
    const unlike = timings.some(({ optimised }) => optimised) ? MOST : MANY;
    const least = close(times) ? MANY : ENOUGH;
    const known = timings.every(({ alike, optimised }) => alike >= (optimised ? least : unlike));
    if (known || performance.now() > end) return times;
  }
}

function note(timing: Timing, time: number): void {
  const { samples, least } = timing;
  timing.samples++;
  if (samples >= SHORT_SAMPLES && time < OPTIMISED * least) timing.optimised = true;
  if (time * UNDISTURBED < least) timing.alike = 1;
  else if (time <= least * UNDISTURBED) timing.alike++;
  timing.least = Math.min(least, time);
}

/** Milliseconds of one run, over as many as take `length`, from one step of the clock to another. */
function sample(work: Work, length: number): number {
  const before = performance.now();
  let started = before;
  for (let runs = 0; started === before; runs += STEP) {
    if (runs >= MOST_RUNS) return 0;
    work(STEP);
    started = performance.now();
  }
  let runs = 0;
  let spent = 0;
  while (spent < length && runs < MOST_RUNS) {
    work(STEP);
    runs += STEP;
    spent = performance.now() - started;
  }
  return spent / runs;
}
