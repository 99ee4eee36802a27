// The parts of `npm test`, in the order in which they run: the quick ones that fail most often first.
// Each `run` gets `{ all }`: whether to run what takes long and needs more from the network as well.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { consumerTests } from './consumers.mjs';
import { findFirefox } from '../toolchain/firefox.mjs';
import { listFiles, writeFileAtOnce } from './files.mjs';
import { inRoot, root, tools } from './paths.mjs';
import { ask, run, runNode } from './run.mjs';
import { Stop } from './say.mjs';
import { findWebKit } from '../toolchain/webkit.mjs';

const here = { cwd: root };

export const stages = [
  { part: 'rust', does: 'cargo fmt', run: () => ifInstalled('fmt', ['--all', '--check']) },
  {
    part: 'rust',
    does: 'cargo clippy',
    run: () => ifInstalled('clippy', ['--locked', '--workspace', '--all-targets', '--', '-D', 'warnings']),
  },
  { part: 'rust', does: 'the engine in a headless browser', run: rustTests },
  { part: 'node', does: 'types of the wrapper and the tests', run: () => types('tsconfig.json') },
  { part: 'node', does: 'types of the demo', run: () => types('demo/tsconfig.json') },
  { part: 'node', does: 'the package and the scripts under Node', run: nodeTests },
  { part: 'browser', does: 'the package in a browser', run: () => browserTests('chromium') },
  { part: 'demo', does: 'the demo in a browser', run: () => browserTests('demo') },
  { part: 'firefox', does: 'vectors and weights in Firefox', run: firefoxTests },
  { part: 'webkit', does: 'vectors and weights in WebKit', run: webkitTests },
  { part: 'consumers', does: 'the packed package in real projects', run: inProjects },
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
  const output = await run('cargo', ['test', '--locked', '--workspace'], {
    ...here,
    env,
    failure: 'A Rust test failed.',
  });
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
  return nodeRuns(files, [], 'A test under Node failed.');
}

async function inProjects(options) {
  // One after the other: each of them keeps a browser or a bundler busy.
  return nodeRuns(await consumerTests(options), ['--test-concurrency=1'], 'The package fails in a project.');
}

async function nodeRuns(files, options, failure) {
  const args = ['--test', '--test-reporter=tap', ...options, ...files];
  return counted(await run(process.execPath, args, { ...here, failure }), /^# pass (\d+)/gm);
}

function browserTests(project) {
  return playwright('tests/browser', 'A test in the browser failed.', {}, project);
}

async function firefoxTests() {
  const firefox = await findFirefox();
  if (!firefox) return { note: 'no Firefox here, and none to be had: left out' };
  const variables = { FIREFOX_PATH: firefox };
  const everywhere = await playwright('tests/everywhere', 'A test in Firefox failed.', variables, 'firefox');
  const own = await playwright('tests/firefox', 'A test in Firefox failed.', variables);
  return { passed: everywhere.passed + own.passed };
}

async function webkitTests() {
  const webkit = await findWebKit();
  if (!webkit) return { note: 'no WebKitGTK here, and none to be had: left out' };
  const variables = { WEBKIT_DRIVER: webkit.driver, WEBKIT_BROWSER: webkit.browser };
  return playwright('tests/everywhere', 'A test in WebKit failed.', variables, 'webkit');
}

async function playwright(folder, failure, variables = {}, project) {
  const cli = inRoot('node_modules', '@playwright', 'test', 'cli.js');
  const args = ['test', '-c', `${folder}/playwright.config.ts`, ...(project ? [`--project=${project}`] : [])];
  const output = await runNode(cli, args, { ...here, env: { ...process.env, ...variables }, failure });
  const { passed } = counted(output, /^\s*(\d+) (?:passed|flaky)/gm);
  const again = /^\s*(\d+) flaky/m.exec(output)?.[1];
  return { passed, note: again && `${passed} passed, ${again} of them at the second try` };
}

/** The number of tests that the runner says have passed. A run without any proves nothing. */
function counted(output, pattern) {
  const passed = [...output.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);
  if (passed === 0) throw new Stop('No test ran.', output);
  return { passed };
}
