import type { Page } from '@playwright/test';
import type { LoadProgress } from 'edgebert';
import { html, test as base, expect } from '../support/test';
import { Host } from './host';

/** What came of a load: the first number of a vector, or what was thrown. */
export interface Outcome {
  readonly value?: number;
  readonly error?: { readonly name: string; readonly code: unknown; readonly message: string };
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  readonly events: readonly LoadProgress[];
}

export interface Visit {
  readonly baseUrl?: string;
  readonly url?: string;
  readonly cache?: 'indexeddb' | 'none';
  readonly precision?: 'int8' | 'f32';
  /** Milliseconds after which the load is aborted. */
  readonly abortAfter?: number;
}

/** To be run on a page: loads MiniLM, encodes a text with it and frees it. */
export const loadHere = async ({ abortAfter, ...options }: Visit): Promise<Outcome> => {
  const { WasmModel, MiniLML6V2 } = await import('edgebert');
  const events: LoadProgress[] = [];
  const warnings: { code: string; message: string }[] = [];
  const controller = new AbortController();
  if (abortAfter !== undefined) setTimeout(() => controller.abort(), abortAfter);
  try {
    const model = await WasmModel.from_type(MiniLML6V2, {
      ...options,
      signal: controller.signal,
      onProgress: (event) => events.push(event),
      onWarning: ({ code, message }) => warnings.push({ code, message }),
    });
    const value = model.encode(['Hello world'])[0]!;
    model.free();
    return { value, warnings, events };
  } catch (thrown) {
    const { name, message, code } = thrown as Error & { code?: unknown };
    return { error: { name, message, code }, warnings, events };
  }
};

/** Loads MiniLM on the page, from the test server unless `options` say otherwise. */
export function visit(page: Page, options: Visit = { baseUrl: '/models' }): Promise<Outcome> {
  return page.evaluate(loadHere, options);
}

/** What the reference gives, as far as int8 can meet it. */
export function expectRight(outcome: Outcome): void {
  expect(outcome.error).toBeUndefined();
  expect(outcome.value).toBeCloseTo(-0.0344, 2);
  expectOrderly(outcome.events);
}

/** Progress never falls, and ends at the total. */
export function expectOrderly(events: readonly LoadProgress[]): void {
  for (const [i, event] of events.entries()) {
    expect(event.loaded).toBeGreaterThanOrEqual(i === 0 ? 0 : events[i - 1]!.loaded);
    expect(event.loaded).toBeLessThanOrEqual(event.total);
  }
  expect(events.at(-1)?.phase).toBe('load');
  expect(events.at(-1)?.loaded).toBe(events.at(-1)?.total);
}

/** Puts the package on another page of the same visitor. */
export async function open(page: Page, origin: string): Promise<Page> {
  const next = await page.context().newPage();
  await next.goto(`${origin}/blank.html`);
  return next;
}

/** `visit` is the function of that name, for the page of the test. */
export interface Fixtures {
  host: Host;
  visit: (options?: Visit) => Promise<Outcome>;
}

export const test = base.extend<Fixtures>({
  visit: async ({ blank }, use) => {
    await use((options) => visit(blank, options));
  },

  host: async ({ server }, use) => {
    server.page('/blank.html', html());
    await use(new Host(server));
  },
});

export { expect };
