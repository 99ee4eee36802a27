// The models that the wrapper knows, read from the wrapper itself: nothing is written down twice.
import { inRoot } from './paths.mjs';

/** Every entry of js/loading/registry.ts. Needs the npm packages. */
export async function knownModels() {
  const { WasmModelType } = await load('registry.ts');
  return Object.values(WasmModelType);
}

/** The folders on npm's CDNs that a model's package has once it is published. */
export async function publishedFolders(model) {
  const { publishedFolders: folders } = await load('published.ts', { MODELS_PUBLISHED: 'true' });
  return folders(model);
}

async function load(file, define = {}) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [inRoot('js', 'loading', file)],
    bundle: true,
    format: 'esm',
    write: false,
    define,
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
}
