// The wrapper's own code with the engine that wasm-pack left in a folder, to read and to pack models.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pkgPacker, root } from './paths.mjs';

/** What is needed of js/, from sources: dist/ may not be built yet. */
const PARTS = `
  export { pack } from './js/models/pack.ts';
  export { EngineLoader } from './js/engine/engine-loader.ts';
  export { init } from './js/engine/start.ts';
  export { loadSource, sourceOf } from './js/loading/model-source.ts';
`;

const PACKER = `
  export { packCompact } from './js/pack/pack-compact.ts';
  export { packInt8 } from './js/pack/pack-int8.ts';
`;

/**
 * `pack` of the wrapper, and `packCompact` and `packInt8` where `packer` says that it is built; and
 * `load(source, precision)`, which gives the bare engine for what `from_pretrained` takes, to be freed by the
 * caller.
 */
export async function wrapperWith(folder, { packer = false } = {}) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    stdin: { contents: packer ? PARTS + PACKER : PARTS, resolveDir: root },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
    // The packer's file is beside what imports it, as in dist/.
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(pkgPacker, 'packer.js')).href) },
    plugins: [engineIn(folder)],
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  const { pack, packCompact, packInt8, EngineLoader, init, loadSource, sourceOf } = await import(
    `data:text/javascript;base64,${code}`
  );
  const ready = init({ module: new WebAssembly.Module(readFileSync(join(folder, 'edgebert_bg.wasm'))) });
  await ready;
  const load = async (source, precision) => {
    const sink = new EngineLoader(precision, ready);
    await loadSource(sourceOf(source), { precision, cache: 'none' }, sink, undefined);
    return sink.take();
  };
  return { pack, packCompact, packInt8, load };
}

/** The wrapper's imports of the engine, from the folder that it is in. */
function engineIn(folder) {
  return {
    name: 'engine',
    setup(build) {
      build.onResolve({ filter: /pkg\/edgebert\.js$/ }, () => ({ path: join(folder, 'edgebert.js') }));
      build.onResolve({ filter: /^search-kernels$/ }, () => ({ path: 'none', external: true }));
    },
  };
}
