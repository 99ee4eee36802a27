// The demo's collection: WordNet's words with the vectors of their definitions, as an index file that
// the page loads, their places on a map, and the answers to the examples, which the page shows before
// the model is there. All of it is made here, by the package itself.
import { readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeFileAtOnce } from './files.mjs';
import { dist, inRoot, root, tools } from './paths.mjs';
import { megabytes, seconds, step } from './say.mjs';
import { makeOnce } from './stamp.mjs';

const folder = inRoot('demo', 'collection');
const indexFile = join(folder, 'wordnet.index');
const mapFile = join(folder, 'wordnet.map');
const examplesFile = join(folder, 'examples.json');
const licenceFile = inRoot('demo', 'collection', 'wordnet-licence.txt');
const vectorsFile = join(tools, 'collection', 'vectors.f32');
const queriesFile = inRoot('demo', 'src', 'words', 'examples.json');
const here = (name) => inRoot('scripts', 'lib', name);
/** As many answers as the page asks for; see demo/src/collection.ts. */
const ANSWERS = 32;

/** Makes what is missing of the files. `model` is the path of the compact model. */
export async function demoCollection(model) {
  const started = performance.now();
  const { FIELDS, wordnetEntries, wordnetLicence } = await import('./wordnet.mjs');
  const entries = wordnetEntries();
  const fields = entries.map(({ field }) => FIELDS.indexOf(field));
  const made = [
    await makeOnce(
      {
        name: 'vectors',
        inputs: [model, here('vectors.mjs')],
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
    await makeOnce(
      {
        name: 'examples',
        inputs: [indexFile, model, queriesFile, here('collection.mjs')],
        settings: [],
        output: examplesFile,
      },
      () => makeExamples(entries, model),
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

/** The nearest entries of each example, as the page itself would find them. */
async function makeExamples(entries, model) {
  const { SearchIndex } = await import('edgebert');
  const { embed } = await import('./vectors.mjs');
  const queries = JSON.parse(readFileSync(queriesFile, 'utf8'));
  const vectors = await embed(queries, model);
  const index = SearchIndex.fromBytes(readFileSync(indexFile));
  const places = new Map(entries.map(({ id }, place) => [id, place]));
  const examples = queries.map((query, i) => {
    const vector = vectors.subarray(i * index.dimension, (i + 1) * index.dimension);
    const hits = index.search(vector, { topK: ANSWERS }).map(({ id, score }) => {
      const { words, definition, field } = entries[places.get(id)];
      return { index: places.get(id), score: Number(score.toFixed(4)), id, words, definition, field };
    });
    return { query, hits };
  });
  writeFileAtOnce(examplesFile, JSON.stringify(examples));
}

function readVectors() {
  return new Float32Array(new Uint8Array(readFileSync(vectorsFile)).buffer);
}
