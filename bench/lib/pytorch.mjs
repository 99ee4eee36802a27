// bench/pytorch.py as one more engine: native, one thread, a line of JSON for each question.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inRoot, models } from '../../scripts/lib/paths.mjs';
import { Stop } from '../../scripts/lib/say.mjs';

/**
 * @param python a Python that has torch and sentence-transformers
 * @param inputs name of a case → its texts, call by call: their word pieces, or with `option`
 * `--sentence-transformers` strings
 * @returns a runner as of an engine in the page, with the version of the library and `close`
 */
export async function startPytorch(python, inputs, ...option) {
  const checkpoint = join(models, 'all-MiniLM-L6-v2', 'checkpoint');
  const child = spawn(python, [inRoot('bench', 'pytorch.py'), checkpoint, ...option], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  const ended = new Promise((_, reject) => {
    const fail = (why) =>
      reject(
        new Stop(
          `bench/pytorch.py ended: ${why}. ${python} needs torch and sentence-transformers.`,
          errors.trim(),
        ),
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
    prepare: async (name, ms) => (await ask({ prepare: name, calls: inputs[name], ms })).ms,
    sample: async (name) => (await ask({ sample: name })).ms,
    vectors: async (name) => (await ask({ vectors: name, calls: inputs[name] })).vectors,
    close: () => child.stdin.end(),
  };
}
