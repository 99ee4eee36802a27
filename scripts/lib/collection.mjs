// The demo's collection: WordNet's words with the vectors of their definitions, as an index file that
// the page loads, and their places on a map. Made here, by the package itself.
import { readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeFileAtOnce } from './files.mjs';
import { dist, inRoot, root, tools } from './paths.mjs';
import { megabytes, seconds, step } from './say.mjs';
import { makeOnce } from './stamp.mjs';

const folder = inRoot('demo', 'collection');
const indexFile = join(folder, 'wordnet.index');
const mapFile = join(folder, 'wordnet.map');
const licenceFile = inRoot('demo', 'collection', 'wordnet-licence.txt');
const vectorsFile = join(tools, 'collection', 'vectors.f32');
const here = (name) => inRoot('scripts', 'lib', name);

/** Makes what is missing of the three files. `model` is the packed model's path. */
export async function demoCollection(model) {
  const started = performance.now();
  const { FIELDS, wordnetEntries, wordnetLicence } = await import('./wordnet.mjs');
  const entries = wordnetEntries();
  const fields = entries.map(({ field }) => FIELDS.indexOf(field));
  const made = [
    await makeOnce(
      {
        name: 'vectors',
        inputs: [model, here('wordnet.mjs')],
        settings: [entries.map(textOf)],
        output: vectorsFile,
      },
      () => makeVectors(entries, model),
    ),
    await makeOnce(
      { name: 'map', inputs: [vectorsFile, here('project.mjs')], settings: [fields], output: mapFile },
      () => makeMap(fields),
    ),
    await makeOnce(
      {
        name: 'index',
        inputs: [vectorsFile, dist, here('collection.mjs')],
        settings: [entries],
        output: indexFile,
      },
      () => makeIndex(entries),
    ),
  ].some(Boolean);
  writeFileAtOnce(licenceFile, wordnetLicence());
  const size = megabytes(statSync(indexFile).size);
  step(
    'demo',
    `${relative(root, indexFile)}: ${entries.length} words, ${size}${made ? `, in ${seconds(started)}` : ', as before'}`,
  );
}

function textOf({ definition }) {
  return definition;
}

async function makeVectors(entries, model) {
  step('demo', `vectors of ${entries.length} definitions (a minute or two)`);
  const { embed } = await import('./vectors.mjs');
  writeFileAtOnce(vectorsFile, await embed(entries.map(textOf), model));
}

/**
 * x and y of all entries, two bytes each (little-endian), and then a byte each with the number of its field.
 */
async function makeMap(fields) {
  step('demo', 'a map of them (less than a minute)');
  const { project } = await import('./project.mjs');
  const places = await project(readVectors());
  writeFileAtOnce(mapFile, Buffer.concat([new Uint8Array(places.buffer), Uint8Array.from(fields)]));
}

async function makeIndex(entries) {
  const { MiniLML6V2, SearchIndex } = await import('edgebert');
  const vectors = readVectors();
  const index = new SearchIndex({ dimension: vectors.length / entries.length, model: MiniLML6V2.name });
  index.upsertMany(
    entries.map(({ id }) => id),
    vectors,
    entries.map(({ words, definition, field }) => ({ words, definition, field })),
  );
  writeFileAtOnce(indexFile, index.bytes);
}

function readVectors() {
  return new Float32Array(new Uint8Array(readFileSync(vectorsFile)).buffer);
}
