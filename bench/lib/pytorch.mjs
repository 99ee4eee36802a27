// bench/pytorch.py as one more engine: native, one thread, a line of JSON for each question.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inRoot, models } from '../../scripts/lib/paths.mjs';
import { Stop } from '../../scripts/lib/say.mjs';

/**
 * @param python a Python that has torch and transformers
 * @param ids name of a case → its texts' word pieces, call by call
 * @returns a runner as of an engine in the page, with the version of PyTorch and `close`
 */
export async function startPytorch(python, ids) {
  const checkpoint = join(models, 'all-MiniLM-L6-v2', 'checkpoint');
  const child = spawn(python, [inRoot('bench', 'pytorch.py'), checkpoint], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  const ended = new Promise((_, reject) => {
    const fail = (why) =>
      reject(
        new Stop(`bench/pytorch.py ended: ${why}. ${python} needs torch and transformers.`, errors.trim()),
      );
    child.on('error', (error) => fail(error.message));
    child.on('close', (code) => fail(`exit code ${code}`));
  });
  // Between two questions nobody waits for it: its end is then told by the next one.
  ended.catch(() => {});
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function ask(question) {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value } = await Promise.race([lines.next(), ended]);
    return value === undefined ? ended : JSON.parse(value);
  }

  const { version } = await ask({ hello: true });
  return {
    version,
    prepare: async (name, ms) => (await ask({ prepare: name, calls: ids[name], ms })).ms,
    sample: async (name) => (await ask({ sample: name })).ms,
    vectors: async (name) => (await ask({ vectors: name, calls: ids[name] })).vectors,
    close: () => child.stdin.end(),
  };
}
