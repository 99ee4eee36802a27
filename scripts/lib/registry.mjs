// The models that the wrapper knows, read from the wrapper itself: nothing is written down twice.
import { inRoot } from './paths.mjs';

/** Every entry of js/loading/registry.ts. Needs the npm packages. */
export async function knownModels() {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [inRoot('js', 'loading', 'registry.ts')],
    bundle: true,
    format: 'esm',
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  const { WasmModelType } = await import(`data:text/javascript;base64,${code}`);
  return Object.values(WasmModelType);
}
