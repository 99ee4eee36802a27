// npm run test:scale: the recipes of examples/scale on real engines and stores, and the same bits through all
// of them. It installs what they need from PyPI into .tools/scale, some 1.5 GB; Java and Python have to be
// there.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../../scripts/build.mjs';
import { inRoot, tools } from '../../scripts/lib/paths.mjs';
import { ask, run, runNode, which } from '../../scripts/lib/run.mjs';
import { main, say, step } from '../../scripts/lib/say.mjs';
import { packedModel } from '../../scripts/model.mjs';
import { setup } from '../../scripts/setup.mjs';

const venv = join(tools, 'scale', 'venv');
const python = join(venv, 'bin', 'python');
const requirements = inRoot('tests', 'scale', 'requirements.txt');

async function testScale() {
  const missing = whatIsMissing();
  if (missing) return say(`The recipes were not tested: ${missing}.`);
  await setup({ browsers: ['chromium'] });
  await build();
  await packedModel();
  await install();
  const output = await runNode('--test', ['--test-reporter=spec', inRoot('tests', 'scale', 'recipes.mjs')], {
    env: { ...process.env, SCALE_PYTHON: python },
    failure: 'A recipe fails.',
  });
  say(output);
}

function whatIsMissing() {
  if (!which('java')) return 'there is no Java, which Spark needs (openjdk-17-jre-headless on Debian)';
  if (!which('python3')) return 'there is no Python 3';
  const version = ask('python3', ['-c', 'import sys; print(sys.version_info >= (3, 10))']);
  return version === 'True' ? undefined : 'Python 3.10 or newer is needed';
}

async function install() {
  if (!existsSync(python)) {
    const failure = 'A virtual environment could not be made (python3-venv on Debian).';
    await run('python3', ['-m', 'venv', venv], { failure });
  }
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], {
    failure: 'The Python packages of the recipes could not be installed.',
  });
  step('setup', 'the Python packages of the recipes are installed');
}

await main(import.meta, testScale);
