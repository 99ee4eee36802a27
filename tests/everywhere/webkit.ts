import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import type { Running, Tab } from './tab';

/** A session's answers, and failures, as the WebDriver standard has them. */
interface Answer {
  readonly value: { readonly sessionId?: string; readonly error?: string; readonly message?: string } | null;
}

/** WebKitGTK's own small browser, over WebDriver, on a display that nobody sees. */
export async function startWebKit(): Promise<Running> {
  const { WEBKIT_DRIVER: driver, WEBKIT_BROWSER: binary } = process.env;
  if (!driver || !binary)
    throw new Error('WEBKIT_DRIVER and WEBKIT_BROWSER name no WebKit: run `npm test -- webkit`');
  const port = await freePort();
  const running = spawn('xvfb-run', ['-a', driver, `--port=${port}`], {
    // A process group, so that the display ends with it.
    detached: true,
    stdio: 'ignore',
    // WebKit refuses its sandbox to root, which is who runs in containers.
    env: {
      ...process.env,
      ...(process.getuid?.() === 0 && { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' }),
    },
  });
  const address = `http://127.0.0.1:${port}`;
  await answering(`${address}/status`);
  return {
    newVisitor: async () => {
      const capabilities = {
        browserName: 'MiniBrowser',
        'webkitgtk:browserOptions': { binary, args: ['--automation'] },
      };
      const { sessionId } = await ask(`${address}/session`, { capabilities: { alwaysMatch: capabilities } });
      const session = `${address}/session/${sessionId}`;
      await ask(`${session}/timeouts`, { script: 60_000, pageLoad: 60_000 });
      return { tab: tabOf(session), leave: () => ask(session, undefined, 'DELETE') };
    },
    close: async () => {
      const gone = new Promise((resolve) => running.once('exit', resolve));
      process.kill(-running.pid!);
      await gone;
    },
  };
}

function tabOf(session: string): Tab {
  return {
    goto: (url) => ask(`${session}/url`, { url }),
    evaluate: async (work: (argument: never) => unknown, argument?: unknown) => {
      const script = `const [argument, done] = arguments;
        new Promise((resolve) => resolve((${String(work)})(argument))).then(
          (value) => done({ value }),
          (error) => done({ error: String(error) + '\\n' + error.stack }),
        );`;
      const { value, error } = await ask(`${session}/execute/async`, { script, args: [argument ?? null] });
      if (error) throw new Error(error);
      return value;
    },
  };
}

async function ask(url: string, body?: object, method = 'POST'): Promise<any> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
  const { value } = (await response.json()) as Answer;
  if (!response.ok) throw new Error(`${url}: ${value?.error}: ${value?.message}`);
  return value;
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask(url, undefined, 'GET');
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
