import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/**
 * A module of js/, which is TypeScript, as Node can run it. `define` replaces names, and `edits` changes the
 * text of modules, by their paths in js/.
 */
export async function source(path, { define = {}, edits = {} } = {}) {
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
    define,
    ignoreAnnotations: true,
    plugins: [edited(edits)],
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
}

function edited(edits) {
  return {
    name: 'edited',
    setup(build) {
      for (const [path, edit] of Object.entries(edits)) {
        const filter = new RegExp(`/js/${path.replaceAll('.', '\\.')}$`);
        build.onLoad({ filter }, (file) => ({
          contents: edit(readFileSync(file.path, 'utf8')),
          loader: 'ts',
        }));
      }
    },
  };
}

/** The package as it was built. */
export const dist = join(root, 'dist');
/** The packed model as `npm run model` wrote it. */
export const packedFile = join(root, 'models/all-MiniLM-L6-v2/model-int8.safetensors');
