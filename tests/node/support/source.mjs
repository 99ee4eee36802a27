import { build } from 'esbuild';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/** A module of js/, which is TypeScript, as Node can run it. */
export async function source(path) {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'js', path)],
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    mainFields: ['module', 'main'],
    alias: { 'search-kernels': join(root, 'pkg-search/search.wasm') },
    loader: { '.wasm': 'binary' },
    write: false,
    logLevel: 'error',
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
}

/** The package as it was built. */
export const dist = join(root, 'dist');
/** The packed model as `npm run model` wrote it. */
export const packedFile = join(root, 'models/all-MiniLM-L6-v2/model-int8.safetensors');
