// Searches the lines of a file by meaning:
//
//   node search.mjs notes.txt "when do I see the doctor?"
import { readFileSync } from 'node:fs';
import { MiniLML6V2, WorkerModel } from 'edgebert';
import { SearchIndex } from 'edgebert/search';

const [file, query] = process.argv.slice(2);
if (!file || !query) {
  console.error('node search.mjs <file> <query>');
  process.exit(2);
}

const lines = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '');
const model = await WorkerModel.from_type(MiniLML6V2, { baseUrl: new URL('models/', import.meta.url) });
const index = new SearchIndex({ dimension: model.dimension });
index.upsertMany(
  lines.map((_, i) => String(i)),
  await model.encode(lines),
);
for (const { id, score } of index.search(await model.encode([query]), { topK: 3 })) {
  console.log(score.toFixed(2), lines[Number(id)]);
}
model.terminate();
