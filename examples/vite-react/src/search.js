import { MiniLML6V2, WorkerModel } from 'edgebert';
import { SearchIndex } from 'edgebert/search';

const QUESTIONS = [
  'How do I reset my password?',
  'Where is my parcel?',
  'Can I change the delivery address?',
  'Which payment methods do you accept?',
  'How do I return a broken product?',
  'When do you open on Sundays?',
];

let loading;

/** Loads the model and encodes the questions once, however often components mount. */
function load() {
  loading ??= WorkerModel.from_type(MiniLML6V2, { baseUrl: '/models' }).then(async (model) => {
    const index = new SearchIndex({ dimension: model.dimension });
    index.upsertMany(QUESTIONS, await model.encode(QUESTIONS));
    return { model, index };
  });
  return loading;
}

/** The questions that are closest to the query, best first. */
export async function search(query, signal) {
  const { model, index } = await load();
  return index.search(await model.encode([query], true, { signal }), { topK: 3 });
}
