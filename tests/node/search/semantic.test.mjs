// SemanticSearch in memory, as it is under Node, with a model that tells what it was asked to encode.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { dist } from '../support/source.mjs';
import { NOTES, WordModel } from './support.mjs';

const { EdgeBertError, SemanticSearch } = await import(pathToFileURL(`${dist}/index.js`).href);

async function opened(documents = NOTES, model = new WordModel()) {
  const search = await SemanticSearch.open('notes', { model });
  await search.add(documents);
  return { search, model };
}

test('documents are found by meaning, with the place of their best passage', async () => {
  const { search } = await opened();
  const [best] = await search.search('doctor Monday');
  assert.equal(best.id, 'health');
  assert.equal(best.text, 'I saw the physician on Monday.');
  assert.equal(NOTES[0].text.slice(best.start, best.end), best.text);
  assert.equal(best.title, 'Health');
  assert.deepEqual(best.metadata, { tag: 'private' });
  const [kind] = await search.search('She was kind');
  assert.deepEqual([kind.id, NOTES[0].text.slice(kind.start, kind.end)], ['health', 'She was kind.']);
  const [fruit] = await search.search('yellow bananas');
  assert.deepEqual([fruit.text, fruit.start, fruit.end], ['Bananas are yellow.', 2, 21]);
});

test('each document is there once, with scores that fall, at most topK', async () => {
  const long = { id: 'long', text: 'The car is red. '.repeat(50) };
  const { search } = await opened([long, ...NOTES]);
  const results = await search.search('car');
  assert.deepEqual(results.map(({ id }) => id).sort(), ['fruit', 'garage', 'health', 'long']);
  assert.equal(results[0].id, 'long');
  results.reduce((before, { score }) => (assert.ok(score <= before), score), 1);
  assert.deepEqual(await search.search('car', { topK: 2 }), results.slice(0, 2));
  const least = results[1].score;
  assert.deepEqual(await search.search('car', { minScore: least }), results.slice(0, 2));
});

test('a document can be several results, each another passage, ranked among all', async () => {
  const manual = { id: 'manual', text: 'The car is red. Bananas grow. My car starts. A car, a car.' };
  const { search } = await opened([manual, ...NOTES]);
  const places = async (options) =>
    (await search.search('car', options)).map(({ id, start }) => `${id} ${start}`);
  const all = await search.search('car', { topK: Infinity, passagesPerDocument: Infinity });
  assert.equal(all.length, 4 + 2 + 2 + 1);
  all.reduce((before, { score }) => (assert.ok(score <= before), score), 1);
  const two = await places({ passagesPerDocument: 2 });
  assert.deepEqual(
    two,
    all
      .filter(({ id }, i) => all.slice(0, i).filter((other) => other.id === id).length < 2)
      .map(({ id, start }) => `${id} ${start}`),
  );
  assert.equal(two.filter((place) => place.startsWith('manual')).length, 2);
  assert.deepEqual(await places({ passagesPerDocument: 2, topK: 3 }), two.slice(0, 3));
  assert.deepEqual(await places({ passagesPerDocument: 1 }), await places({}));
});

test('words alone, meaning alone, and both', async () => {
  const { search, model } = await opened();
  model.encoded.length = 0;
  const words = await search.search('err-1042', { alpha: 0 });
  assert.deepEqual(
    words.map(({ id, text }) => [id, text]),
    [['garage', 'It failed with ERR_1042.']],
  );
  assert.deepEqual(model.encoded, [], 'words alone need no vector');
  const [both] = await search.search('the physician and ERR_1042', { alpha: 0.5 });
  assert.ok(['garage', 'health'].includes(both.id));
  assert.deepEqual(await search.search('Monday'), await search.search('Monday', { alpha: 0.5 }));
  assert.notDeepEqual(await search.search('Monday'), await search.search('Monday', { alpha: 1 }));
  await assert.rejects(search.search('Monday', { alpha: 2 }), RangeError);
  assert.deepEqual(
    (await search.search('health', { alpha: 0 })).map(({ id }) => id),
    ['health'],
    'by its title',
  );
});

test('filters are asked about documents', async () => {
  const { search } = await opened();
  const ids = async (filter) => (await search.search('Monday', { filter })).map(({ id }) => id).sort();
  assert.deepEqual(await ids({ tag: 'work' }), ['fruit', 'garage']);
  assert.deepEqual(await ids({ tag: ['private', 'other'] }), ['health']);
  assert.deepEqual(await ids({ year: 2025 }), ['garage']);
  assert.deepEqual(await ids((metadata, id) => metadata.tag === 'work' && id !== 'fruit'), ['garage']);
  assert.deepEqual(await ids({ tag: 'none' }), []);
  for (const filter of ['work', new Map([['tag', 'work']]), async () => false]) {
    await assert.rejects(search.search('Monday', { filter }), TypeError);
  }
});

test('only passages that are new are encoded', async () => {
  const { search, model } = await opened();
  const added = (documents) => ((model.encoded.length = 0), search.add(documents));
  assert.deepEqual(await added(NOTES), { added: 0, updated: 0, unchanged: 3 });
  assert.deepEqual(model.encoded, []);

  const longer = { ...NOTES[1], text: `${NOTES[1].text} It was towed.` };
  assert.deepEqual(await added([longer, NOTES[0]]), { added: 0, updated: 1, unchanged: 1 });
  assert.deepEqual(model.encoded, ['It failed with ERR_1042. ', 'It was towed.']);
  assert.equal((await search.search('towed'))[0].start, longer.text.indexOf('It was'));

  assert.deepEqual(await added([{ ...NOTES[2], metadata: { tag: 'home' } }]), {
    added: 0,
    updated: 1,
    unchanged: 0,
  });
  assert.deepEqual(model.encoded, []);
  assert.equal((await search.search('bananas', { filter: { tag: 'home' } }))[0].id, 'fruit');

  const shorter = { id: 'health', text: 'She was kind.' };
  await added([shorter]);
  assert.deepEqual(search.get('health'), { ...shorter, title: undefined, metadata: undefined });
  assert.deepEqual(await search.search('physician', { alpha: 0 }), []);
});

test('what was added comes back as it was', async () => {
  const odd = [
    { id: '', text: '' },
    { id: '0 space', text: ' \n ', title: 'Only a title' },
    { id: '😀', text: '\ud83d lone. \udc00 e\u0301. 猫です。', metadata: { nested: [1, { a: null }] } },
    { id: '__proto__', text: 'A. B. C.' },
  ];
  const { search } = await opened(odd);
  assert.equal(search.size, 4);
  assert.deepEqual(
    search.documents(),
    odd.map((document) => ({ title: undefined, metadata: undefined, ...document })),
  );
  assert.deepEqual(search.get('😀').metadata, odd[2].metadata);
  assert.ok(search.has('__proto__') && !search.has('constructor'));
  const results = await search.search('Only a title');
  assert.deepEqual([results[0].id, results[0].text, results[0].start, results[0].end], ['0 space', '', 0, 0]);
  assert.ok(!results.some(({ id }) => id === ''), 'an empty document is never found');
});

test('a title leaves a passage its room, even where each character is a word piece', async () => {
  const model = new WordModel();
  const room = ({ maxTokens }) => maxTokens - 2;
  model.chunk = async (text, options) =>
    Array.from({ length: Math.ceil(text.length / room(options)) }, (_, i) => {
      const [start, end] = [i * room(options), Math.min((i + 1) * room(options), text.length)];
      return { text: text.slice(start, end), start, end };
    });
  const documents = [
    { id: 'long', title: '題'.repeat(300), text: '文'.repeat(500) },
    { id: 'short', title: 'A title', text: 'A text.' },
  ];
  const { search } = await opened(documents, model);
  assert.deepEqual(
    search.documents().map(({ title, text }) => [title, text]),
    documents.map(({ title, text }) => [title, text]),
  );
  const lengths = model.encoded.map((text) => text.replace('\n', '').length);
  assert.ok(Math.max(...lengths) <= model.info.maxLength - 2, `${lengths}`);
  assert.match(model.encoded[0], /^題{8,}\n文+$/);
  assert.equal(model.encoded.at(-1), 'A title\nA text.');
});

test('strings are documents, the same one once', async () => {
  const { search } = await opened(['A car.', 'A banana.', 'A car.']);
  assert.equal(search.size, 2);
  assert.deepEqual(await search.add(['A banana.', 'A pear.']), { added: 1, updated: 0, unchanged: 1 });
  const [{ id, text }] = await search.search('banana');
  assert.equal(text, 'A banana.');
  assert.equal(await search.remove(id), 1);
  assert.equal(search.size, 2);
});

test('of several with one id the last counts', async () => {
  const { search } = await opened([
    { id: 'a', text: 'One.' },
    { id: 'b', text: 'B.' },
    { id: 'a', text: 'Two.' },
  ]);
  assert.deepEqual(
    search.documents().map(({ text }) => text),
    ['Two.', 'B.'],
  );
});

test('removed documents are gone', async () => {
  const { search } = await opened();
  assert.equal(await search.remove('garage'), 1);
  assert.equal(await search.remove(['garage', 'fruit', 'fruit', 'none']), 1);
  assert.deepEqual([search.size, search.has('fruit'), search.get('fruit')], [1, false, undefined]);
  assert.deepEqual(await search.search('ERR_1042', { alpha: 0 }), []);
  await search.clear();
  assert.deepEqual([search.size, await search.search('doctor')], [0, []]);
});

test('progress moves within long documents, and ends at the total', async () => {
  const search = await SemanticSearch.open('notes', { model: new WordModel() });
  const seen = [];
  const sentences = Array.from({ length: 300 }, (_, i) => `Car ${i}.`);
  const documents = [{ id: 'long', text: sentences.join(' ') }, ...NOTES];
  await search.add(documents, { onProgress: (progress) => seen.push(progress) });
  assert.ok(seen.filter(({ done }) => done === 0).length > 100);
  seen.reduce((before, { fraction }) => (assert.ok(fraction >= before), fraction), 0);
  assert.deepEqual(seen.at(-1), { done: 4, total: 4, fraction: 1 });
  for (const again of [documents, []]) {
    seen.length = 0;
    await search.add(again, { onProgress: (progress) => seen.push(progress) });
    assert.deepEqual(seen, [{ done: again.length, total: again.length, fraction: 1 }]);
  }
});

test('an abort leaves whole documents, and another call resumes', async () => {
  const model = new WordModel();
  const search = await SemanticSearch.open('notes', { model });
  const documents = Array.from({ length: 700 }, (_, i) => ({ id: `${i}`, text: `Car ${i}. Blue ${i}.` }));
  const controller = new AbortController();
  model.beforeEach = () => model.encoded.length === 900 && controller.abort();
  const adding = search.add(documents, { signal: controller.signal });
  await assert.rejects(adding, { name: 'AbortError' });
  const { size } = search;
  assert.ok(size > 0 && size < 700, `${size}`);
  assert.deepEqual(
    search.documents().map(({ text }) => text),
    documents.slice(0, size).map(({ text }) => text),
  );
  delete model.beforeEach;
  assert.deepEqual(await search.add(documents), { added: 700 - size, updated: 0, unchanged: size });
  await assert.rejects(search.add(NOTES, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  await assert.rejects(search.search('car', { signal: AbortSignal.abort() }), { name: 'AbortError' });
});

test('changes happen in the order of the calls, and searches in between see whole documents', async () => {
  const model = new WordModel();
  model.beforeEach = () => new Promise((resolve) => setTimeout(resolve));
  const search = await SemanticSearch.open('notes', { model });
  const order = [];
  const calls = [
    search.add([{ id: 'a', text: 'One. Two. Three.' }]).then(() => order.push('add')),
    search.remove('a').then((count) => order.push(`remove ${count}`)),
    search.add([{ id: 'a', text: 'Four.' }]).then(() => order.push('again')),
  ];
  const given = [{ id: 'late', text: 'As it was.' }];
  calls.push(search.add(given).then(() => order.push('last')));
  given[0].text = 'Changed after the call.';
  assert.deepEqual(await search.search('One'), []);
  await Promise.all(calls);
  assert.deepEqual(order, ['add', 'remove 1', 'again', 'last']);
  assert.deepEqual(
    search.documents().map(({ text }) => text),
    ['Four.', 'As it was.'],
  );
});

test('a failure of the model fails that call alone', async () => {
  const { search, model } = await opened();
  model.beforeEach = () => Promise.reject(new EdgeBertError('worker-lost', 'gone'));
  const failing = search.add([{ id: 'new', text: 'New.' }]);
  const next = search.remove('fruit');
  await assert.rejects(failing, { code: 'worker-lost' });
  assert.equal(await next, 1);
  assert.deepEqual(
    search.documents().map(({ id }) => id),
    ['health', 'garage'],
  );
});

test('what was closed can not be used, and what was under way is finished', async () => {
  const { search } = await opened();
  const adding = search.add(['A last one.']);
  await search.close();
  await adding;
  assert.equal(search.size, 4);
  await assert.rejects(search.search('doctor'), { code: 'state' });
  await assert.rejects(search.add(['More.']), { code: 'state' });
  assert.equal(search.persistent, false);
});

test('arguments that make no sense are named', async () => {
  const { search } = await opened();
  for (const [attempt, message] of [
    [
      () => search.add('a text'),
      /TypeError: add takes an array of documents \(received "a text"\)\. For one text, write add\(\[text\]\)/,
    ],
    [() => search.add([1]), /TypeError: documents\[0\] must be .*received 1/],
    [
      () => search.add([{ text: 'a' }]),
      /TypeError: documents\[0\]\.id must be a string \(received undefined\)/,
    ],
    [() => search.add([{ id: 'a' }]), /TypeError: documents\[0\]\.text must be a string/],
    [
      () => search.add([{ id: 'a', text: '', title: 1 }]),
      /TypeError: documents\[0\]\.title must be a string/,
    ],
    [() => search.add(['a', { id: 'a', text: '', metadata: [] }]), /TypeError: documents\[1\]\.metadata/],
    [
      () => search.add([{ id: 'a', text: '', meta: {} }]),
      /TypeError: documents\[0\] has no field `meta`; did you mean `metadata`\? .*go into `metadata`/,
    ],
    [() => search.add([{ id: 'a', txt: '' }]), /documents\[0\] has no field `txt`; did you mean `text`\?/],
    [
      () => search.add(['a', { id: 'a', text: '', url: '/a' }]),
      /documents\[1\] has no field `url`; it has `id`, `text`, .* Fields of your own go into `metadata`/,
    ],
    [() => search.search(1), /TypeError: search takes a string/],
    [() => search.search('a', { topK: 0 }), /RangeError: `topK`/],
    [
      () => search.search('a', { passagesPerDocument: 0 }),
      /RangeError: `passagesPerDocument` must be a positive integer/,
    ],
    [() => search.search('a', { topk: 3 }), /TypeError: search has no option `topk`; did you mean `topK`/],
    [() => search.search('a', { minScore: NaN }), /RangeError: `minScore`/],
    [() => search.remove(1), /TypeError: remove takes/],
    [
      () => SemanticSearch.open('a', { model: new WordModel(), workers: 2 }),
      /TypeError: `workers` is for loading a model, and `model` is one that is loaded already/,
    ],
    [
      () => SemanticSearch.fromBytes(search.toBytes(), { model: new WordModel(), precision: 'f32' }),
      /TypeError: `precision` is for loading a model/,
    ],
    [() => SemanticSearch.open(''), /TypeError: `name` must be a non-empty string/],
    [
      () => SemanticSearch.open({ model: new WordModel() }),
      /TypeError: `name` must be a non-empty string.* an object/,
    ],
  ]) {
    await assert.rejects(
      async () => attempt(),
      (error) => message.test(String(error)) || assert.fail(String(error)),
    );
  }
  assert.deepEqual(await search.search(' \n'), []);
  assert.equal(search.size, 3);
});
