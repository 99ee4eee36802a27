// encodeStream: order, bounded reading ahead, and every way to end.
import { expect, test } from './support';

test('vectors come in the order of the texts, the same as from encode', async ({ blank }) => {
  const seen = await blank.evaluate(async () => {
    const model = await bench.load({ workers: 2 });
    const texts = bench.texts(300);
    texts[40] = 'long '.repeat(20_000);
    const flat = await model.encode(texts);
    async function* source() {
      for (const text of texts) yield text;
    }
    const check = async (stream: AsyncIterable<Float32Array>) => {
      let row = 0;
      let same = true;
      for await (const vector of stream) {
        same &&= vector.length === 384 && vector.buffer.byteLength === 4 * 384;
        same &&= vector.every((value, i) => Object.is(value, flat[row * 384 + i]));
        row++;
      }
      return [row, same];
    };
    const ends = [
      await check(model.encodeStream(source())),
      await check(model.encodeStream(texts)),
      await check(model.encodeStream([])),
    ];
    const [raw] = await bench.collect(model.encodeStream(['one'], { normalize: false }));
    model.terminate();
    return { ends, raw: Math.hypot(...raw!) };
  });
  expect(seen.ends).toEqual([
    [300, true],
    [300, true],
    [0, true],
  ]);
  expect(seen.raw).toBeGreaterThan(1.01);
});

test('a source without end is read only a little ahead, and closed when the loop is left', async ({
  blank,
}) => {
  const seen = await blank.evaluate(async () => {
    const model = await bench.load();
    let read = 0;
    let closed = false;
    async function* endless() {
      try {
        for (;;) yield `text ${read++}`;
      } finally {
        closed = true;
      }
    }
    let taken = 0;
    let most = 0;
    for await (const _ of model.encodeStream(endless())) {
      taken++;
      // A slow consumer: all that is read while it thinks is read ahead.
      if (taken % 200 === 1) await bench.sleep(300);
      most = Math.max(most, read - taken);
      if (taken === 400) break;
    }
    const atBreak = read;
    const { length } = await model.encode(['still here']);
    model.terminate();
    return { most, closed, later: read - atBreak, length };
  });
  expect(seen).toEqual({ most: expect.any(Number), closed: true, later: 0, length: 384 });
  // Two batches of 128 under way, one being collected, one being handed out.
  expect(seen.most).toBeLessThanOrEqual(4 * 128);
  expect(seen.most).toBeGreaterThan(128);
});

test('a source that hesitates holds up nothing that it has given', async ({ blank }) => {
  const seen = await blank.evaluate(async () => {
    const model = await bench.load();
    const release: (() => void)[] = [];
    async function* slow() {
      for (const text of ['one', 'two', 'three']) {
        yield text;
        // Goes on only once the vector of this text has arrived.
        await new Promise<void>((resolve) => release.push(resolve));
      }
    }
    let rows = 0;
    for await (const _ of model.encodeStream(slow())) {
      rows++;
      while (release.length === 0) await bench.sleep(1);
      release.pop()!();
    }
    model.terminate();
    return rows;
  });
  expect(seen).toBe(3);
});

test('a failing source, a wrong text, an abort: each rejects, and the model keeps working', async ({
  blank,
}) => {
  const seen = await blank.evaluate(async () => {
    const model = await bench.load();
    const drain = (source: unknown, options = {}) =>
      bench.failure(bench.collect(model.encodeStream(source as Iterable<string>, options)));
    async function* breaking() {
      yield 'one';
      throw new RangeError('the disk is gone');
    }
    async function* stuck() {
      yield 'one';
      await new Promise(() => {});
    }
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const ends = [
      await drain(breaking()),
      await drain(['one', 2]),
      await drain('letters'),
      await drain(null),
      await drain(stuck(), { signal: controller.signal }),
      await drain(['one'], { signal: AbortSignal.abort() }),
    ];
    // Vectors of a batch that is there already are not given any more.
    const midway = new AbortController();
    let given = 0;
    const rest = async () => {
      for await (const _ of model.encodeStream(bench.texts(100), { signal: midway.signal }))
        if (++given === 5) midway.abort();
    };
    ends.push(`${(await bench.failure(rest())).split(':')[0]} after ${given}`);
    const { length } = await model.encode(['still here']);
    model.terminate();
    return { ends, length };
  });
  expect(seen.length).toBe(384);
  expect(seen.ends).toEqual([
    'RangeError: the disk is gone',
    'TypeError: encodeStream takes strings, but text 1 is not one (received 2)',
    'TypeError: encodeStream takes an iterable of strings (received "letters")',
    'TypeError: encodeStream takes an iterable of strings (received null)',
    expect.stringMatching(/^AbortError/),
    expect.stringMatching(/^AbortError/),
    'AbortError after 5',
  ]);
});
