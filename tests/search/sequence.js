// Long random sequences of everything that can be done with an index, beside the brute-force model.
import { BruteForce, random } from './brute-force.js';

const DIMENSION = 12;
/**
 * Ids come from a small set, so that they are replaced and come back; entries stay few, so that brute
 * force can follow.
 */
const IDS = 400;

/**
 * @param SearchIndex the class under test
 * @param keepers ways to put an index away and have it back, each `{ put(index), get() }`
 * @param keepEvery so many steps lie between two uses of a keeper
 * @returns how many searches there were; throws where index and model differ, with seed and step
 */
export async function runSequence(SearchIndex, { seed, steps, precision, keepers, keepEvery }) {
  const next = random(seed);
  const below = (limit) => Math.floor(((next() + 1) / 2) * limit);
  const vector = () => Float32Array.from({ length: DIMENSION }, next);
  const id = () => `${below(IDS)}`;
  const metadata = () => (below(3) ? { n: below(100), even: below(2) === 0 } : undefined);
  const text = () => (below(3) ? `text ${below(1000)}` : undefined);
  let index = new SearchIndex({ dimension: DIMENSION, precision });
  let model = new BruteForce();
  const kept = keepers.map(() => undefined);
  let searches = 0;

  const upsert = (...entries) => {
    if (entries.length === 1)
      index.upsert(entries[0].id, entries[0].vector, entries[0].metadata, entries[0].text);
    else {
      const flat = new Float32Array(entries.length * DIMENSION);
      entries.forEach((entry, i) => flat.set(entry.vector, i * DIMENSION));
      const column = (name) => entries.map((entry) => entry[name]);
      index.upsertMany(column('id'), flat, column('metadata'), column('text'));
    }
    for (const entry of entries) {
      const stored = index.vector(entry.id);
      const closeness =
        stored.reduce((sum, x, i) => sum + x * entry.vector[i], 0) / Math.hypot(...entry.vector);
      if (!(closeness > 0.999))
        throw new Error(`the vector of ${entry.id} was stored as another: ${closeness}`);
      model.upsert(entry.id, stored, entry.metadata, entry.text);
    }
  };
  const entry = (name = id()) => ({ id: name, vector: vector(), metadata: metadata(), text: text() });

  const actions = [
    [40, () => upsert(entry())],
    [3, () => upsert(...Array.from(new Set(Array.from({ length: 2 + below(30) }, id)), entry))],
    [
      45,
      () => {
        const name = id();
        same('remove', index.remove(name), model.remove(name));
      },
    ],
    [
      0.05,
      () => {
        index.clear();
        model = new BruteForce();
      },
    ],
    [
      2,
      () => {
        // What is refused has to change nothing.
        const bad = Float32Array.from({ length: 2 * DIMENSION }, (_, i) => (i === DIMENSION + 3 ? NaN : 1));
        let refused = false;
        try {
          index.upsertMany(['0', 'new'], bad);
        } catch {
          refused = true;
        }
        same('refused', refused, true);
      },
    ],
    [10, () => search()],
    [1, () => compareAll(index, model)],
  ];
  const total = actions.reduce((sum, [weight]) => sum + weight, 0);

  function search() {
    searches++;
    const options = { topK: 1 + below(20) };
    if (below(3) === 0) options.minScore = next();
    const wanted = below(100);
    const filters = [undefined, { n: wanted }, { even: true }, ({ n }) => n > wanted];
    const tests = [() => true, (m) => m?.n === wanted, (m) => m?.even === true, (m) => m?.n > wanted];
    const which = below(filters.length);
    options.filter = filters[which];
    const query = vector();
    compareResults(
      index.search(query, options),
      model,
      query,
      { ...options, filter: tests[which] },
      precision,
    );
  }

  for (let step = 0; step < steps; step++) {
    try {
      let chosen = ((next() + 1) / 2) * total;
      const action = actions.find(([weight]) => (chosen -= weight) < 0) ?? actions[0];
      action[1]();
      if (step % keepEvery === keepEvery - 1) {
        const which = below(keepers.length);
        if (kept[which] && below(3) === 0) {
          index = await keepers[which].get();
          model = kept[which].copy();
          compareAll(index, model);
        } else {
          await keepers[which].put(index);
          kept[which] = model.copy();
        }
      }
    } catch (error) {
      throw new Error(`seed ${seed}, step ${step}: ${error.message}`, { cause: error });
    }
  }
  for (const [which, saved] of kept.entries()) if (saved) compareAll(await keepers[which].get(), saved);
  compareAll(index, model);
  return searches;
}

function same(what, found, expected) {
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`${what}: found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
  }
}

function compareAll(index, model) {
  same('size', index.size, model.entries.size);
  same('ids', [...index.ids()], [...model.entries.keys()]);
  for (const [id, { vector, metadata, text }] of model.entries) {
    same(`entry ${id}`, index.get(id), { metadata, text });
    same(`vector ${id}`, [...index.vector(id)], [...vector]);
  }
}

/** Scores that differ by less than rounding may change places. */
function compareResults(found, model, query, options, precision) {
  const tolerance = precision === 'int8' ? 5e-5 : 2e-6;
  const all = model.search(query, { ...options, topK: Infinity, minScore: -Infinity });
  const scores = new Map(all.map(({ id, score }) => [id, score]));
  const sure = all.filter(({ score }) => score >= (options.minScore ?? -Infinity) + tolerance);
  if (found.length < Math.min(options.topK, sure.length))
    throw new Error(`${found.length} results where ${sure.length} are right`);
  same('all different', new Set(found.map(({ id }) => id)).size, found.length);
  const places = new Map([...model.entries.keys()].map((id, i) => [id, i]));
  found.forEach(({ id, score, metadata }, i) => {
    const close = Math.abs(score - scores.get(id)) < tolerance && Math.abs(score - all[i].score) < tolerance;
    if (!close)
      throw new Error(`result ${i} is ${id} with ${score}, expected ${all[i].id} with ${all[i].score}`);
    same('metadata', metadata, model.entries.get(id).metadata);
    const before = found[i - 1];
    if (
      before &&
      (before.score < score || (before.score === score && places.get(before.id) > places.get(id)))
    ) {
      throw new Error(`results ${i - 1} and ${i} are in the wrong order`);
    }
  });
}
