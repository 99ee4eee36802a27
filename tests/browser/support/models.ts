import type { JSHandle, Page } from '@playwright/test';
import type { WasmModel, WorkerModel, LoadOptions } from 'edgebert';

/** Options that can cross into the page. */
export type PlainOptions = Pick<LoadOptions, 'cache' | 'precision' | 'maxLength'> & {
  baseUrl?: string;
  url?: string;
};

const LOCAL: PlainOptions = { baseUrl: '/models' };

/** MiniLM on the page's own thread, from the test server unless `options` say otherwise. */
export function loadInPage(page: Page, options = LOCAL): Promise<JSHandle<WasmModel>> {
  return page.evaluateHandle(async (options) => {
    const { WasmModel, WasmModelType } = await import('edgebert');
    return WasmModel.from_type(WasmModelType.MiniLML6V2, options);
  }, options);
}

/** MiniLM in a Web Worker. */
export function loadInWorker(page: Page, options = LOCAL): Promise<JSHandle<WorkerModel>> {
  return page.evaluateHandle(async (options) => {
    const { WorkerModel, MiniLML6V2 } = await import('edgebert');
    return WorkerModel.from_type(MiniLML6V2, options);
  }, options);
}

/** The vectors of `texts`, one row each. */
export async function encode(
  model: JSHandle<WasmModel> | JSHandle<WorkerModel>,
  texts: readonly string[],
  normalize = true,
): Promise<number[][]> {
  const { flat, dimension } = await (model as JSHandle<WasmModel | WorkerModel>).evaluate(
    async (model, { texts, normalize }) => ({
      flat: Array.from(await model.encode(texts, normalize)),
      dimension: model.dimension,
    }),
    { texts: [...texts], normalize },
  );
  return Array.from({ length: flat.length / dimension }, (_, i) =>
    flat.slice(i * dimension, (i + 1) * dimension),
  );
}

/** What became of something that had to fail. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code: unknown;
  readonly isEdgeBertError: boolean;
  readonly isTypeError: boolean;
}

/**
 * Runs `attempt` in the page with the package, and says what it threw.
 *
 * @throws when it throws nothing
 */
export function failureOf<Argument>(
  page: Page,
  attempt: (edgebert: typeof import('edgebert'), argument: Argument) => unknown,
  argument: Argument,
): Promise<Failure> {
  return page.evaluate(
    async ({ source, argument }) => {
      const edgebert = await import('edgebert');
      const attempt = new Function(`return ${source}`)() as (...values: unknown[]) => unknown;
      try {
        await attempt(edgebert, argument);
      } catch (error) {
        const { name, message, code } = error as Error & { code?: unknown };
        return {
          name,
          message,
          code,
          isEdgeBertError: error instanceof edgebert.EdgeBertError,
          isTypeError: error instanceof TypeError,
        };
      }
      throw new Error('nothing was thrown');
    },
    { source: attempt.toString(), argument },
  );
}
