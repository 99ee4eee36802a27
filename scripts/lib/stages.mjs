// The parts of `npm test`, in the order in which they run: the quick ones that fail most often first.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFirefox } from './firefox.mjs';
import { listFiles, writeFileAtOnce } from './files.mjs';
import { inRoot, root, tools } from './paths.mjs';
import { ask, run, runNode } from './run.mjs';
import { Stop } from './say.mjs';

const here = { cwd: root };

export const stages = [
  { part: 'rust', does: 'cargo fmt', run: () => ifInstalled('fmt', ['--all', '--check']) },
  {
    part: 'rust',
    does: 'cargo clippy',
    run: () => ifInstalled('clippy', ['--locked', '--all-targets', '--', '-D', 'warnings']),
  },
  { part: 'rust', does: 'the engine in a headless browser', run: rustTests },
  { part: 'node', does: 'types of the wrapper and the tests', run: () => types('tsconfig.json') },
  { part: 'node', does: 'types of the demo', run: () => types('demo/tsconfig.json') },
  { part: 'node', does: 'the package and the scripts under Node', run: nodeTests },
  { part: 'browser', does: 'the package and the demo in a browser', run: browserTests },
  { part: 'firefox', does: 'the weights in Firefox', run: firefoxTests },
];

/** Not every Rust comes with rustfmt and clippy; what they check can't break on a user's machine. */
async function ifInstalled(command, args) {
  if (ask('cargo', [command, '--version']) === undefined) return { note: 'not installed, left out' };
  await run('cargo', [command, ...args], { ...here, failure: `cargo ${command} has objections.` });
  return {};
}

async function rustTests() {
  const env = {
    ...process.env,
    WASM_BINDGEN_TEST_WEBDRIVER_JSON: capabilities(),
    // Seconds; the defaults, 5 and 20, are too short for a busy machine.
    WASM_BINDGEN_TEST_DRIVER_TIMEOUT: '60',
    WASM_BINDGEN_TEST_TIMEOUT: '600',
  };
  const output = await run('cargo', ['test', '--locked'], { ...here, env, failure: 'A Rust test failed.' });
  return counted(output, /^test result: ok\. (\d+) passed/gm);
}

/** webdriver.json, with the browser that setup chose. */
function capabilities() {
  const config = JSON.parse(readFileSync(inRoot('webdriver.json'), 'utf8'));
  config['goog:chromeOptions'].binary = process.env.CHROME_PATH;
  const file = join(tools, 'webdriver.json');
  writeFileAtOnce(file, JSON.stringify(config));
  return file;
}

async function types(project) {
  const tsc = inRoot('node_modules', 'typescript', 'bin', 'tsc');
  await runNode(tsc, ['--noEmit', '-p', project], { ...here, failure: `${project}: there are type errors.` });
  return {};
}

async function nodeTests() {
  const files = listFiles(inRoot('tests')).filter((file) => file.endsWith('.test.mjs'));
  const output = await run(process.execPath, ['--test', '--test-reporter=tap', ...files], {
    ...here,
    failure: 'A test under Node failed.',
  });
  return counted(output, /^# pass (\d+)/gm);
}

function browserTests() {
  return playwright('tests/browser', 'A test in the browser failed.');
}

async function firefoxTests() {
  const firefox = await findFirefox();
  if (!firefox) return { note: 'no Firefox here, and none to be had: left out' };
  return playwright('tests/firefox', 'A test in Firefox failed.', { FIREFOX_PATH: firefox });
}

async function playwright(folder, failure, variables = {}) {
  const cli = inRoot('node_modules', '@playwright', 'test', 'cli.js');
  const args = ['test', '-c', `${folder}/playwright.config.ts`];
  const output = await runNode(cli, args, { ...here, env: { ...process.env, ...variables }, failure });
  return counted(output, /^\s*(\d+) passed/gm);
}

/** The number of tests that the runner says have passed. A run without any proves nothing. */
function counted(output, pattern) {
  const passed = [...output.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);
  if (passed === 0) throw new Stop('No test ran.', output);
  return { passed };
}
