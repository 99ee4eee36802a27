// edgebert/langchain: what it refuses. tests/consumers has it under LangChain.js itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MiniLML6V2 } from 'edgebert';
import { EdgeBertEmbeddings } from 'edgebert/langchain';

test('what is no model is refused where it is given', async () => {
  const refused = (...args) => assert.throws(() => new EdgeBertEmbeddings(...args), { name: 'TypeError' });
  refused();
  refused({});
  refused({ model: MiniLML6V2 });
  const message = /no option `dimensions`; did you mean `dimension`/;
  assert.throws(() => new EdgeBertEmbeddings({ model: Promise.resolve(), dimensions: 8 }), { message });
  const later = new EdgeBertEmbeddings({ model: Promise.resolve(MiniLML6V2) });
  await assert.rejects(later.embedQuery('a'), /`model` must be a loaded model, such as a WorkerModel/);
});
