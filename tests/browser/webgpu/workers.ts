import type { Page } from '@playwright/test';
import type { WorkerModel } from 'edgebert';
import type { TestServer } from '../support/server';

/** Serves a worker's script that does something to its `navigator.gpu` first. `gpu` is the platform's. */
export function serveWorker(server: TestServer, body: string): void {
  const script = `
    const gpu = navigator.gpu;
    const replace = (value) => Object.defineProperty(navigator, 'gpu', { value });
    const tell = new BroadcastChannel('gpu');
    /** The platform's GPU, but for what 'change' makes of each device. */
    const withDevice = (change, info) => replace({
      requestAdapter: async () => {
        const adapter = await gpu.requestAdapter();
        return {
          info: info ?? adapter.info,
          limits: adapter.limits,
          requestDevice: async (descriptor) => {
            const device = await adapter.requestDevice(descriptor);
            change(device);
            return device;
          },
        };
      },
    });
    ${body}`;
  const serve = (path: string, text: string) =>
    server.answer(path, (_, response) => response.setHeader('content-type', 'text/javascript').end(text));
  serve('/gpu.js', script);
  // Imports are done before a worker takes messages; what is awaited is not.
  serve('/worker.js', `import '/gpu.js'; import '/dist/worker.js';`);
}

declare global {
  // Only inside pages: the model that was loaded last, and what it warned of.
  var held: { model: WorkerModel; warnings: string[] };
}

interface Told {
  readonly device: string;
  readonly warnings: string[];
  readonly failure: string | undefined;
}

/** Loads the tiny model in the page as `model`, with what it warned of in `warnings`. */
export function load(page: Page, device: 'webgpu' | 'auto', workerUrl?: string): Promise<Told> {
  return page.evaluate(
    async ({ device, workerUrl }) => {
      const { WorkerModel } = await import('edgebert');
      const here = { warnings: [] as string[] } as typeof held;
      globalThis.held = here;
      try {
        here.model = await WorkerModel.from_pretrained('/fixtures/tiny-bert-f32', {
          device,
          cache: 'none',
          ...(workerUrl && { workerUrl }),
          onWarning: (warning) => here.warnings.push(warning.message),
        });
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        return { device: '', warnings: here.warnings, failure: `${code}: ${message}` };
      }
      return { device: here.model.info.device, warnings: here.warnings, failure: undefined };
    },
    { device, workerUrl },
  );
}
