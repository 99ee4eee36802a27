// tests/reference/tokenizer/bridge → a package for the page: the tokenizer without a model.
import { join } from 'node:path';
import { fillFolderAtOnce } from '../../scripts/lib/files.mjs';
import { inRoot, tools } from '../../scripts/lib/paths.mjs';
import { ask, run } from '../../scripts/lib/run.mjs';
import { seconds, step } from '../../scripts/lib/say.mjs';
import { makeOnce } from '../../scripts/lib/stamp.mjs';

export const tokenizerPackage = join(tools, 'bench-tokenizer');

const crate = inRoot('tests', 'reference', 'tokenizer', 'bridge');

export async function buildTokenizer() {
  const started = performance.now();
  const inputs = [
    ...['Cargo.toml', 'Cargo.lock', 'src'].map((path) => join(crate, path)),
    inRoot('.cargo'),
    inRoot('src'),
  ];
  const settings = [ask('rustc', ['--version']), ask('wasm-bindgen', ['--version'])];
  const made = await makeOnce({ name: 'bench-tokenizer', inputs, settings, output: tokenizerPackage }, () =>
    fillFolderAtOnce(tokenizerPackage, compile),
  );
  step('build', `the tokenizer for the bench${made ? `, in ${seconds(started)}` : ', as before'}`);
}

async function compile(folder) {
  step('build', 'compiling the tokenizer for the bench');
  const env = { CARGO_TARGET_DIR: inRoot('target'), ...process.env };
  const options = [
    '--target',
    'web',
    '--release',
    '--no-pack',
    '--out-name',
    'tokenizer',
    '--out-dir',
    folder,
  ];
  await run('wasm-pack', ['build', ...options, '--', '--locked'], {
    cwd: crate,
    env,
    failure: 'The bridge to the tokenizer does not compile.',
  });
}
