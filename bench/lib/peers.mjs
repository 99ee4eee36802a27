// The libraries that edgebert is measured against, installed under bench/ alone.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INSTALL_FLAGS } from '../../scripts/toolchain/npm.mjs';
import { inRoot, models } from '../../scripts/lib/paths.mjs';
import { run } from '../../scripts/lib/run.mjs';
import { step } from '../../scripts/lib/say.mjs';

const bench = inRoot('bench');
const modules = join(bench, 'node_modules');
const transformers = join(modules, '@huggingface', 'transformers');

export async function installPeers() {
  const wanted = JSON.parse(readFileSync(join(bench, 'package.json'), 'utf8')).dependencies;
  if (Object.entries(wanted).every(([name, version]) => versionOf(join(modules, name)) === version)) return;
  step('setup', 'installing the peers (some 600 MB, most of it for Node)');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  await run(npm, ['ci', ...INSTALL_FLAGS], {
    cwd: bench,
    failure: 'The peers could not be installed: "npm ci" failed in bench/.',
  });
}

/** What was measured against. */
export function peerVersions() {
  return {
    'onnxruntime-web': versionOf(join(modules, 'onnxruntime-web')),
    'transformers.js': versionOf(transformers),
    '@huggingface/tokenizers': versionOf(dependency('@huggingface/tokenizers')),
    'onnxruntime-web in transformers.js': versionOf(dependency('onnxruntime-web')),
  };
}

/**
 * Where the page finds them and their models; `onnx` and `onnxF32` are the ONNX files, where there are any.
 */
export function peerMounts(onnx, onnxF32) {
  const checkpoint = join(models, 'all-MiniLM-L6-v2', 'checkpoint');
  const model = '/transformers-model/MiniLM';
  return {
    '/onnxruntime-web/': join(modules, 'onnxruntime-web'),
    '/transformers/': transformers,
    '/tokenizers/': dependency('@huggingface/tokenizers'),
    '/transformers-onnxruntime-web/': dependency('onnxruntime-web'),
    '/transformers-onnxruntime-common/': dependency('onnxruntime-common'),
    ...(onnx && { '/onnx/int8.onnx': onnx, [`${model}/onnx/model_quantized.onnx`]: onnx }),
    ...(onnxF32 && { '/onnx/f32.onnx': onnxF32 }),
    [`${model}/config.json`]: join(checkpoint, 'config.json'),
    [`${model}/tokenizer.json`]: join(checkpoint, 'tokenizer.json'),
    // The checkpoint has none; these are BERT's own settings.
    [`${model}/tokenizer_config.json`]: join(bench, 'page', 'tokenizer_config.json'),
  };
}

/** npm puts a package's dependency inside it where another version already has the place outside. */
function dependency(name) {
  const inside = join(transformers, 'node_modules', name);
  return existsSync(inside) ? inside : join(modules, name);
}

function versionOf(folder) {
  const file = join(folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}
