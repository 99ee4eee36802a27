// `npm run model:package -- --check` believes a CDN only when every byte of both files is right.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { wrapperWith } from '../../scripts/lib/pack-model.mjs';
import { headerHash, matches } from '../../scripts/lib/packed-file.mjs';
import { knownModels, publishedFolders } from '../../scripts/lib/registry.mjs';
import { checkPublished, readme } from '../../scripts/model-package.mjs';
import { Origin } from '../node/support/origin.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const NAMES = ['model-int8.safetensors', 'model-compact-1.safetensors'];
let origin;
let files;
let model;

before(async () => {
  const { pack, packCompact } = await wrapperWith(join(root, 'pkg'), { packer: true });
  const source = pathToFileURL(join(root, 'tests/fixtures/tiny-bert-f32'));
  const blobs = [await pack(source), await packCompact(source, { size: 0.023 })];
  files = await Promise.all(blobs.map(async (blob) => Buffer.from(await blob.arrayBuffer())));
  const pins = (file) => ({ bytes: file.length, headerSha256: headerHash(file) });
  model = { name: 'tiny', packed: pins(files[0]), compact: { ...pins(files[1]), file: NAMES[1] } };
  origin = await Origin.start();
});

after(() => origin?.close());

const serve = (folder, bodies) =>
  NAMES.forEach((name, at) => origin.serve(`${folder}/tiny/${name}`, bodies[at]));
const check = (...folders) =>
  checkPublished(
    model,
    folders.map((folder) => origin.url + folder),
  );

test('both CDNs have both files', async () => {
  serve('/one', files);
  serve('/other', files);
  await check('/one', '/other');
});

test('a file that is missing, cut or changed in one byte is named', async () => {
  serve('/one', files);
  await assert.rejects(check('/one', '/nowhere'), /nowhere\/tiny\/model-int8.safetensors answered 404/);
  const changed = Buffer.from(files[1]);
  changed[changed.length - 1] ^= 1;
  for (const other of [changed, files[1].subarray(1), files[1].subarray(0, -1), Buffer.alloc(3)]) {
    serve('/other', [files[0], other]);
    await assert.rejects(check('/one', '/other'), /other\/tiny\/model-compact-1.safetensors is another file/);
    assert.equal(matches(other, model.compact), false);
  }
});

test('the registry names a package of a version, and its folders on both CDNs', async () => {
  const [first] = await knownModels();
  assert.match(first.npmPackage, /^edgebert-[a-z0-9-]+@\d+\.\d+\.\d+$/);
  assert.deepEqual(
    await publishedFolders(first),
    ['https://cdn.jsdelivr.net/npm/', 'https://unpkg.com/'].map((cdn) => cdn + first.npmPackage),
  );
  assert.ok(first.compact.bytes < 12_200_000 && first.compact.file.endsWith('.safetensors'));
});

test('the README of the package imports what edgebert exports, and names files that the package has', async () => {
  const [first] = await knownModels();
  const names = ['model-int8.safetensors', first.compact.file];
  const files = names.map((file, i) => ({ file, pins: [first.packed, first.compact][i] }));
  const [name] = first.npmPackage.split('@');
  const text = readme(first, name, files);
  const [, imported] = /import \{ (.*) \} from 'edgebert';/.exec(text);
  const edgebert = await import(pathToFileURL(join(root, 'dist/index.js')));
  for (const one of imported.split(', ')) assert.ok(edgebert[one], one);
  const [, address] = /new URL\('(.*)', import/.exec(text);
  assert.equal(address, `${name}/${first.name}/${names[0]}`);
  for (const { file, pins } of files) {
    assert.match(text, new RegExp(`\\| \`${file}\` \\| ${(pins.bytes / 1e6).toFixed(1)} MB \\|`));
  }
});
