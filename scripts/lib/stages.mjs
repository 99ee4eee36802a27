// The parts of `npm test`, in the order in which they run: the quick ones that fail most often first.
// Each `run` gets `{ all }`: whether to run what takes long and needs more from the network as well.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { consumerTests } from './consumers.mjs';
import { listFiles, writeFileAtOnce } from './files.mjs';
import { inRoot, root, tools } from './paths.mjs';
import { ask, run, runNode } from './run.mjs';
import { Stop } from './say.mjs';

const here = { cwd: root };
const COMMENT = /^\s*(\/\/|\/\*|\* )/;

export const stages = [
  { part: 'style', does: 'Prettier', run: prettier },
  { part: 'style', does: 'Oxlint', run: oxlint },
  { part: 'style', does: 'comments are at most 110 columns wide', run: commentWidth },
  { part: 'rust', does: 'cargo fmt', run: () => inEachWorkspace('fmt', ['--all', '--check']) },
  {
    part: 'rust',
    does: 'cargo clippy',
    run: () =>
      inEachWorkspace('clippy', [
        ...['--locked', '--workspace', '--all-targets', '--target-dir', inRoot('target')],
        ...['--', '-D', 'warnings'],
      ]),
  },
  { part: 'rust', does: 'the engine in a headless browser', run: rustTests },
  { part: 'node', does: 'types of the wrapper and the tests', run: () => types('tsconfig.json') },
  { part: 'node', does: 'types of the demo', run: () => types('demo/tsconfig.json') },
  { part: 'node', does: 'the package and the scripts under Node', run: nodeTests },
  { part: 'browser', does: 'the package in a browser', run: () => browserTests('chromium') },
  { part: 'browser', does: 'the GPU lane on a software adapter', run: () => browserTests('webgpu') },
  { part: 'demo', does: 'the demo in a browser', run: () => browserTests('demo') },
  { part: 'firefox', does: 'vectors and weights in Firefox', run: firefoxTests },
  { part: 'webkit', does: 'vectors and weights in WebKit', run: webkitTests },
  { part: 'consumers', does: 'the packed package in real projects', run: inProjects },
];

/**
 * In the engine's workspace and in those that no other test compiles: the kernels' bench, and the tokenizer
 * that benches and fuzzing use. Not every Rust comes with rustfmt and clippy; what they check cannot break on
 * a user's machine.
 */
async function inEachWorkspace(command, args) {
  if (ask('cargo', [command, '--version']) === undefined) return { note: 'not installed, left out' };
  for (const folder of ['', 'bench/kernels', 'tests/reference/tokenizer/bridge']) {
    const cwd = inRoot(...folder.split('/'));
    await run('cargo', [command, ...args], { cwd, failure: `cargo ${command} has objections.` });
  }
  return {};
}

async function prettier() {
  const script = inRoot('node_modules', 'prettier', 'bin', 'prettier.cjs');
  const cache = ['--cache', '--cache-location', join(tools, 'prettier')];
  const failure = 'Some files are not formatted: npx prettier --write . formats them.';
  await runNode(script, ['--check', '--log-level', 'warn', ...cache, '.'], { ...here, failure });
  return {};
}

/** TypeScript doesn't read scripts and benches, where only a run would find a name that doesn't exist. */
async function oxlint() {
  const script = inRoot('node_modules', 'oxlint', 'bin', 'oxlint');
  await runNode(script, ['--quiet'], { ...here, failure: 'Oxlint has objections.' });
  return {};
}

/** Prettier wraps code and leaves comments alone. */
async function commentWidth() {
  const files = ['src', 'js', 'scripts', 'demo/src', 'tests', 'bench'].flatMap((folder) => tracked(folder));
  const wide = files.flatMap((file) =>
    readFileSync(inRoot(file), 'utf8')
      .split('\n')
      .flatMap((line, i) => (COMMENT.test(line) && line.length > 110 ? [`${file}:${i + 1}`] : [])),
  );
  if (wide.length > 0) throw new Stop('Comments are wider than 110 columns.', wide.join('\n'));
  return {};
}

function tracked(folder) {
  const list = ask('git', ['ls-files', folder], here) ?? '';
  return list.split('\n').filter((file) => /\.(ts|mjs|js|rs)$/.test(file) && existsSync(inRoot(file)));
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
  return playwright('tests/browser', 'A test in the browser failed.', project);
}

async function firefoxTests() {
  if (!process.env.FIREFOX_PATH) return { note: 'no Firefox: left out' };
  const everywhere = await playwright('tests/everywhere', 'A test in Firefox failed.', 'firefox');
  const own = await playwright('tests/firefox', 'A test in Firefox failed.');
  return { passed: everywhere.passed + own.passed };
}

async function webkitTests() {
  if (!process.env.WEBKIT_DRIVER) return { note: 'no WebKitGTK: left out' };
  return playwright('tests/everywhere', 'A test in WebKit failed.', 'webkit');
}

async function playwright(folder, failure, project) {
  const cli = inRoot('node_modules', '@playwright', 'test', 'cli.js');
  const args = ['test', '-c', `${folder}/playwright.config.ts`, ...(project ? [`--project=${project}`] : [])];
  const output = await runNode(cli, args, { ...here, failure });
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
