// The libraries that edgebert is measured against, installed under bench/ alone.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot, models } from '../../scripts/lib/paths.mjs';
import { installIn } from './install.mjs';

const bench = inRoot('bench');
const modules = join(bench, 'node_modules');
const transformers = join(modules, '@huggingface', 'transformers');

export function installPeers() {
  return installIn(bench, 'the peers (some 600 MB, most of it for Node)');
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
    ...(onnxF32 && { '/onnx/f32.onnx': onnxF32, [`${model}/onnx/model.onnx`]: onnxF32 }),
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
