// A page that embeds stays a page that moves, and what is aborted ends at once.
import type { Page } from '@playwright/test';
import { figure, spread, stress } from './support/figures';
import { Host } from './weights/host';
import { expect, test } from './worker/support';

interface Watched {
  /** Milliseconds of each task of the main thread that took over 50. */
  readonly longTasks: number[];
  /** Animation frames a second. */
  readonly rate: number;
  /** Longest time between two frames, in milliseconds. */
  readonly longestGap: number;
  readonly seconds: number;
}

/**
 * What the main thread and an animation on the page are like while `texts` texts are encoded; 0 waits
 * two seconds.
 */
function watch(page: Page, texts: number): Promise<Watched> {
  return page.evaluate(async (texts) => {
    const longTasks: number[] = [];
    const observer = new PerformanceObserver((list) => {
      longTasks.push(...list.getEntries().map(({ duration }) => duration));
    });
    observer.observe({ type: 'longtask' });
    const frames: number[] = [];
    let running = true;
    const frame = (now: number) => {
      frames.push(now);
      if (running) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    const began = performance.now();
    if (texts === 0) await bench.sleep(2000);
    else {
      const model = await bench.load({ cache: 'none' });
      const lengths = [3, 5, 8, 13, 21];
      const list = lengths.flatMap((words) => bench.texts(texts / lengths.length, words));
      const { length } = await model.encode(list, true, { onProgress: () => {} });
      if (length !== texts * 384) throw new Error(`${length} numbers for ${texts} texts`);
      model.terminate();
    }
    const seconds = (performance.now() - began) / 1000;
    running = false;
    // Entries come a moment after their tasks.
    await bench.sleep(300);
    observer.disconnect();
    const gaps = frames.slice(1).map((now, i) => now - frames[i]!);
    return { longTasks, rate: frames.length / seconds, longestGap: Math.max(...gaps), seconds };
  }, texts);
}

const TEXTS = stress ? 2000 : 500;

test(`${TEXTS} texts: the page stays free, and what moves on it keeps moving`, async ({ browser, blank }) => {
  test.setTimeout(300_000);
  const idle = await watch(blank, 0);
  await browser.startTracing(blank, {
    categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'],
  });
  const busy = await watch(blank, TEXTS);
  const longest = longestTask(await browser.stopTracing());
  figure('time', `${busy.seconds.toFixed(1)} s`);
  figure(
    'tasks over 50 ms',
    `${busy.longTasks.length} [${busy.longTasks.map(Math.round).join(', ')}]; the longest takes ${longest.toFixed(1)} ms of processor time`,
  );
  figure(
    'animation',
    `${busy.rate.toFixed(1)} frames a second, ${idle.rate.toFixed(1)} when idle; longest gap ${busy.longestGap.toFixed(1)} ms`,
  );
  // Processor time is the page's own doing, however busy the machine is.
  expect(longest).toBeGreaterThan(0);
  expect(longest).toBeLessThan(50);
  if (!stress) return;
  expect(busy.longTasks).toEqual([]);
  expect(busy.rate).toBeGreaterThan(0.9 * idle.rate);
});

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of its thread's processor time. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Milliseconds of processor time that the longest task of any page's main thread took. */
function longestTask(trace: Buffer): number {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const main = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain',
  );
  const threads = new Set(main.map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = traceEvents.filter(
    ({ name, pid, tid }) => name === 'RunTask' && threads.has(`${pid} ${tid}`),
  );
  return tasks.reduce((longest, { tdur = 0 }) => Math.max(longest, tdur / 1000), 0);
}

/** To be run on a page: milliseconds from an abort to the AbortError, `rounds` times. */
const abortHere = async ({ what, rounds }: { what: 'load' | 'encode' | 'stream'; rounds: number }) => {
  const { WasmModel, WorkerModel, MiniLML6V2 } = await import('edgebert');
  const times: number[] = [];
  const ends = new Set<string>();
  const model = await bench.load({ workers: 2 });
  /** Calls `work` with a signal that aborts when `when` says so. */
  const timed = async (work: (signal: AbortSignal, abort: () => void) => Promise<unknown>) => {
    const controller = new AbortController();
    let aborted = 0;
    const abort = () => {
      // Outside of any callback of the package, as a click is.
      if (aborted === 0) setTimeout(() => ((aborted = performance.now()), controller.abort()));
      aborted ||= Infinity;
    };
    ends.add((await bench.failure(work(controller.signal, abort))).replace(/:.*/, ''));
    times.push(performance.now() - aborted);
  };
  const texts = bench.texts(2000, 12);
  for (let round = 0; round < rounds; round++) {
    if (what === 'load') {
      for (const kind of [WasmModel, WorkerModel]) {
        const onProgress =
          (abort: () => void) =>
          ({ loaded, total }: { loaded: number; total: number }) =>
            loaded > total / 2 && abort();
        await timed((signal, abort) =>
          kind.from_type(MiniLML6V2, {
            baseUrl: '/models',
            cache: 'none',
            signal,
            onProgress: onProgress(abort),
          }),
        );
      }
    } else if (what === 'encode') {
      await timed((signal, abort) =>
        model.encode(texts, true, { signal, onProgress: ({ done }) => done > 20 && abort() }),
      );
    } else {
      await timed(async (signal, abort) => {
        let rows = 0;
        for await (const _ of model.encodeStream(texts, { signal })) if (++rows > 20) abort();
      });
    }
  }
  const { length } = await model.encode(['still here']);
  model.terminate();
  return { times, ends: [...ends], length };
};

for (const [what, name] of [
  ['load', 'at half the download'],
  ['encode', 'in the middle of a job'],
  ['stream', 'in the middle of a stream'],
] as const) {
  test(`an abort ${name} rejects within 100 ms, and the model keeps working`, async ({ blank, server }) => {
    test.slow();
    if (what === 'load') new Host(server).pause = 3;
    const { times, ends, length } = await blank.evaluate(abortHere, { what, rounds: stress ? 10 : 2 });
    figure(`abort ${name}`, spread(times));
    expect(ends).toEqual(['AbortError']);
    expect(length).toBe(384);
    // The machine may be busy with something else in one moment, not in all.
    expect(stress ? Math.max(...times) : Math.min(...times)).toBeLessThan(100);
  });
}
