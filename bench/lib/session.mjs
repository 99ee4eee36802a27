// What the bench's commands share: everything built and served, and one run in one browser.
import { join, resolve } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { build } from '../../scripts/build.mjs';
import { dist, inRoot, models } from '../../scripts/lib/paths.mjs';
import { knownModels } from '../../scripts/lib/registry.mjs';
import { assemble } from '../../scripts/lib/wasm.mjs';
import { packedModel, pinnedCompact } from '../../scripts/model.mjs';
import { setup } from '../../scripts/setup.mjs';
import { openPage } from './browser.mjs';
import { macsOf, textsOf } from './cases.mjs';
import { measureEncodes } from './encodes.mjs';
import { buildKernels, kernelsPackage } from './kernels-crate.mjs';
import { conditions } from './machine.mjs';
import { fileOption } from './options.mjs';
import { installPeers, peerMounts, peerVersions } from './peers.mjs';
import { compare } from './report.mjs';
import { serve } from './server.mjs';

/** Has V8 do without AVX-VNNI, as on processors that lack it. */
export const NO_VNNI = ['--js-flags=--no-enable-avx-vnni --no-enable-avx-vnni-int8'];

const PAGE = '/page/peers.html?script=./bench.js';
export const LOADING_PAGE = '/page/peers.html?script=./load.js';

/** Builds the package and the packed model, unless they are to be taken as they are. */
export async function prepare({ built }) {
  if (built) return;
  await setup({ browsers: ['chromium'] });
  await build();
  await packedModel();
}

/** Builds and serves what the engines need, calls `use(origin)`, and closes the server in any case. */
export async function withServer(engines, options, use) {
  await prepare(options);
  if (engines.some(({ name }) => name === 'edgebert-compact')) await pinnedCompact();
  // The loops of the ceilings: nothing on a GPU.
  if (!options.gpu) await buildKernels();
  const peers = engines.some(({ peer }) => peer);
  if (peers) await installPeers();
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const files = [fileOption(options, 'onnx'), options['onnx-f32'] && fileOption(options, 'onnx-f32')];
  const mounts = {
    ...(await ownMounts(folder)),
    ...(options.baseline && { '/baseline/': resolve(options.baseline) }),
    ...(peers && peerMounts(...files)),
  };
  // Scripts are cached as on any site, with V8's code of them. It has none of the engine's: Chromium keeps
  // optimised WebAssembly from 1 MB on, so that every visit compiles the engine anew.
  const server = await serve(mounts, { headers: { 'cache-control': 'public, max-age=3600' } });
  try {
    return await use(server.origin);
  } finally {
    await server.close();
    rmSync(folder, { recursive: true });
  }
}

async function ownMounts(folder) {
  const [{ name, id, revision }] = await knownModels();
  const ceiling = join(folder, 'ceiling.wasm');
  const source = inRoot('bench', 'relaxed-ceiling.wat');
  await assemble(source, ceiling, 'bench/relaxed-ceiling.wat does not assemble.');
  return {
    '/page/': inRoot('bench', 'page'),
    '/kernels/': kernelsPackage,
    '/relaxed-ceiling.wasm': ceiling,
    '/dist/': dist,
    '/models/': models,
    [`/hub/${id}/resolve/${revision}/`]: `${models}/${name}/checkpoint`,
  };
}

/**
 * Times encodes in one browser.
 *
 * @param kind the browser's name, `Chromium` by default
 * @param open opens a page there: openPage of browser.mjs, or of firefox.mjs
 * @returns a run, as report.mjs and readme-tables.mjs read it
 */
export async function measureIn({ browser, version, kind, open = openPage, origin, engines, settings }) {
  const before = conditions(version, kind);
  const encodes = await open(browser, `${origin}${PAGE}`, (page) => measureEncodes(page, engines, settings));
  const { cases, rounds, best } = settings;
  const statistic = best ? 'min' : 'median';
  const { times, ceilings, agreement, kernels, natives, text, fidelity } = encodes;
  const timed = engines.map((engine) => ({
    ...engine,
    kernel: kernels[engine.name],
    ceiling: engine.ceiling ?? { simd128: 'int16', relaxed: 'relaxed' }[kernels[engine.name]],
    ms: times[engine.name],
  }));
  return {
    conditions: before,
    peers: { ...(engines.some(({ peer }) => peer) && peerVersions()), ...natives },
    rounds,
    statistic,
    ceilings,
    cases: cases.map((each) => ({ ...each, texts: textsOf(each), macs: macsOf(each) })),
    engines: timed,
    comparisons: compare(timed, cases, statistic),
    agreement,
    fidelity,
    text,
  };
}

/** The engines that are loaded for the first and for the second time: each library once. */
export function loadable(engines) {
  return engines.filter(
    ({ native, batching, name }) => !native && !batching && !/simd128|relaxed/.test(name),
  );
}
