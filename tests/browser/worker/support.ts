import type { Page } from '@playwright/test';
import type { WorkerModel, WorkerPretrainedOptions } from 'edgebert';
import { test as base, expect } from '../support/test';

/** What these specs put on the page. */
export interface Bench {
  /** Every Web Worker that the page has started, in order. */
  readonly started: Worker[];
  /** The worker that was last given texts to encode. */
  encoding: Worker | undefined;
  /** MiniLM from the test server. */
  load(options?: WorkerPretrainedOptions): Promise<WorkerModel>;
  /** `count` texts of about `words` words, no two alike. */
  texts(count: number, words?: number): string[];
  /** `name: message` of what `work` rejects with, `code` first where it has one. */
  failure(work: Promise<unknown>): Promise<string>;
  /** All that an iterator gives. */
  collect<T>(source: AsyncIterable<T>): Promise<T[]>;
  /** Keeps a model busy until `count` workers in all have encoded something, and for half a second more. */
  grow(model: WorkerModel, count: number): Promise<void>;
  sleep(milliseconds: number): Promise<void>;
}

declare global {
  // Only inside pages.
  var bench: Bench;
}

/** A page on which `bench` is there before anything else. */
export const test = base.extend<{ page: Page }>({
  page: async ({ page }, use) => {
    await page.addInitScript(() => {
      const started: Worker[] = [];
      const proven = new Set<Worker>();
      globalThis.Worker = class extends Worker {
        constructor(url: string | URL, options?: WorkerOptions) {
          super(url, options);
          started.push(this);
          this.addEventListener('message', ({ data }) => {
            if (data.value?.numbers) proven.add(this);
          });
        }

        override postMessage(
          message: { call?: string },
          transfer?: Transferable[] | StructuredSerializeOptions,
        ): void {
          if (message.call === 'encode') bench.encoding = this;
          super.postMessage(message, transfer as Transferable[]);
        }
      };
      globalThis.bench = {
        started,
        encoding: undefined,
        load: async (options = {}) => {
          const { WorkerModel, MiniLML6V2 } = await import('edgebert');
          return WorkerModel.from_type(MiniLML6V2, { baseUrl: '/models', ...options });
        },
        texts: (count, words = 12) =>
          Array.from(
            { length: count },
            (_, i) =>
              Array.from(
                { length: words },
                (_, k) => ['river', 'lantern', 'quiet', 'seven', 'market'][(i * 7 + k * k) % 5],
              ).join(' ') + ` ${i}`,
          ),
        failure: (work) =>
          work.then(
            () => 'it did not fail',
            (error: Error & { code?: string }) =>
              `${typeof error.code === 'string' ? error.code : error.name}: ${error.message}`,
          ),
        collect: async (source) => {
          const all = [];
          for await (const one of source) all.push(one);
          return all;
        },
        grow: async (model, count) => {
          const controller = new AbortController();
          const work = bench.failure(model.encode(bench.texts(20_000), true, { signal: controller.signal }));
          while (proven.size < count) await bench.sleep(10);
          await bench.sleep(500);
          controller.abort();
          await work;
        },
        sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      };
    });
    await use(page);
  },
});

export { expect };
