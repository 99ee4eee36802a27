// How a model file retrieves, beside the float32 original: WordNet's examples look for their definitions.
//
//   node tests/reference/retrieval.mjs [--documents 4000] [--queries 1000] <packed or compact file> …
//
// For each file: how often a query's own definition is the first, and among the first ten; and how many of
// float32's first ten are among its own. Most definitions belong to no query.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { wordnetPairs } from '../../scripts/lib/wordnet.mjs';
import { bindings, encodeAll, load } from './engine.mjs';

const TOP = 10;
const checkpoint = fileURLToPath(new URL('../../models/all-MiniLM-L6-v2/checkpoint', import.meta.url));

const { positionals: files, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    documents: { type: 'string', default: '4000' },
    queries: { type: 'string', default: '1000' },
  },
});
if (files.length === 0) {
  console.error('usage: retrieval.mjs [--documents 4000] [--queries 1000] <packed or compact file> …');
  process.exit(2);
}

const pairs = wordnetPairs().slice(0, Number(options.documents));
const documents = pairs.map(({ definition }) => definition);
const queries = pairs.slice(0, Number(options.queries)).map(({ example }) => example);
const engines = await bindings();

/** Of each query, the ten nearest documents, the best first. */
function retrieve(source, precision) {
  const engine = load(engines, source, precision);
  const { dimension } = engine;
  const [rows, asked] = [encodeAll(engine, documents), encodeAll(engine, queries)];
  engine.free();
  return queries.map((_, query) => {
    const scores = documents.map((_, document) => {
      let score = 0;
      for (let i = 0; i < dimension; i++)
        score += rows[document * dimension + i] * asked[query * dimension + i];
      return score;
    });
    const order = documents.map((_, document) => document);
    return order.sort((one, other) => scores[other] - scores[one]).slice(0, TOP);
  });
}

const share = (count) => count.toFixed(4);
function report(name, found, reference) {
  const own = found.map((nearest, query) => nearest.indexOf(query));
  const first = own.filter((rank) => rank === 0).length / own.length;
  const among = own.filter((rank) => rank >= 0).length / own.length;
  const shared = found.map(
    (nearest, query) => nearest.filter((one) => reference[query].includes(one)).length,
  );
  const overlap = shared.reduce((sum, count) => sum + count, 0) / (TOP * found.length);
  console.log(
    `${name}: first ${share(first)}, recall@${TOP} ${share(among)}, float32's ${TOP} ${share(overlap)}`,
  );
}

console.log(`${queries.length} queries, ${documents.length} documents`);
const reference = retrieve(checkpoint, 'f32');
report('float32', reference, reference);
for (const file of files) report(file, retrieve(file, 'int8'), reference);
