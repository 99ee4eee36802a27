// How a pool grows, on a clock that the test moves: nothing here depends on the machine.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { source } from './support/source.mjs';

const { Pool } = await source('workers/pool.ts');
const { EdgeBertError } = await source('shared/errors.ts');

/** Milliseconds that a worker takes for a text, and that another worker takes to start. */
const WORK = 4;
const START = 300;

/** Time passes when nothing else is left to do at the present moment. */
class Clock {
  now = 0;
  #events = [];
  #restore;

  constructor() {
    this.#restore = mock.method(performance, 'now', () => this.now).mock;
  }

  after(milliseconds) {
    return new Promise((resolve) => this.#events.push({ at: this.now + milliseconds, resolve }));
  }

  async run(until) {
    for (;;) {
      // Whatever waits for nothing but promises goes first.
      await new Promise((resolve) => setImmediate(resolve));
      this.#events.sort((one, other) => one.at - other.at);
      const next = this.#events[0];
      if (!next || next.at > until) break;
      this.#events.shift();
      this.now = next.at;
      next.resolve();
    }
    this.now = until;
  }

  end() {
    this.#restore.restore();
  }
}

class Worker {
  alive = true;
  texts = 0;
  #clock;

  constructor(clock) {
    this.#clock = clock;
  }

  async call(name, { texts }) {
    await this.#clock.after(WORK * texts.length);
    this.texts += texts.length;
    return { numbers: new Float32Array(texts.length), truncated: 0, tokens: 0 };
  }

  terminate() {
    this.alive = false;
  }
}

const WORK_OF = { call: 'encode', input: { settings: {} }, width: 1, beside: 0 };
const TEXT = 'a text of some ten tokens, as queries are';

function setUp({ most = 2, starts = () => true } = {}) {
  const clock = new Clock();
  const workers = [new Worker(clock)];
  const attempts = [];
  const warnings = [];
  const recruiter = {
    async another() {
      attempts.push(clock.now);
      await clock.after(START);
      if (!starts(attempts.length)) throw new EdgeBertError('unsupported', 'there is no memory');
      const worker = new Worker(clock);
      workers.push(worker);
      return worker;
    },
  };
  const pool = new Pool([workers[0]], most, 256, recruiter, 'wasm', (warning) =>
    warnings.push(warning.message),
  );
  let clients = 0;
  let stopped = false;
  const done = { texts: 0 };
  /** Asks again as soon as it is answered. */
  const client = async (pause = 0) => {
    clients++;
    while (!stopped) {
      await pool.run(WORK_OF, [TEXT], {});
      done.texts++;
      if (pause > 0) await clock.after(pause);
    }
    clients--;
  };
  const end = async () => {
    stopped = true;
    await clock.run(clock.now + 100_000);
    assert.equal(clients, 0, 'a client was never answered');
    clock.end();
  };
  return { clock, pool, workers, attempts, warnings, client, done, end };
}

test('steady small requests of many clients start a second worker, which then does half of the work', async () => {
  const { clock, workers, attempts, client, done, end } = setUp();
  for (let i = 0; i < 20; i++) void client();
  await clock.run(1_000);
  assert.equal(workers.length, 2);
  assert.ok(attempts[0] > 200 && attempts[0] < 300, String(attempts));
  const before = done.texts;
  await clock.run(2_000);
  // Two workers at 4 ms a text.
  assert.equal(Math.abs(done.texts - before - 500) <= 2, true, String(done.texts - before));
  assert.ok(workers.every(({ texts }) => texts > 200));
  await clock.run(20_000);
  assert.equal(workers.length, 2);
  await end();
});

test('as many as are allowed start, one after the other', async () => {
  const { clock, workers, client, end } = setUp({ most: 4 });
  for (let i = 0; i < 20; i++) void client();
  await clock.run(5_000);
  assert.equal(workers.length, 4);
  await end();
});

test('requests that never wait start no other worker', async () => {
  const { clock, workers, client, end } = setUp();
  void client();
  await clock.run(20_000);
  assert.equal(workers.length, 1);
  await end();
});

test('neither do those that wait for each other now and then', async () => {
  const { clock, workers, client, end } = setUp();
  for (const pause of [50, 61]) void client(pause);
  await clock.run(60_000);
  assert.equal(workers.length, 1);
  await end();
});

test('one large job starts one at once', async () => {
  const { clock, pool, workers, attempts, end } = setUp();
  const work = pool.run(WORK_OF, Array(1_000).fill(TEXT), {});
  await clock.run(0);
  assert.deepEqual(attempts, [0]);
  await clock.run(10_000);
  assert.equal((await work).length, 1_000);
  assert.ok(workers[1].texts > 400, String(workers[1].texts));
  await end();
});

test('a start that fails is tried again, later each time, with one warning for a row of failures', async () => {
  const { clock, workers, attempts, warnings, client, end } = setUp({ starts: (attempt) => attempt > 3 });
  for (let i = 0; i < 20; i++) void client();
  await clock.run(20_000);
  assert.equal(workers.length, 2);
  assert.equal(attempts.length, 4);
  const pauses = attempts.slice(1).map((at, i) => at - attempts[i] - START);
  for (const [i, pause] of [1_000, 2_000, 4_000].entries()) {
    assert.ok(pauses[i] >= pause && pauses[i] < pause + 20, String(pauses));
  }
  assert.deepEqual(warnings, ['Another worker could not be started: there is no memory']);
  await end();
});

test('a worker that is lost is replaced at once, and the pool grows again to what it was', async () => {
  const { clock, workers, client, end } = setUp();
  for (let i = 0; i < 20; i++) void client();
  await clock.run(2_000);
  workers[1].alive = false;
  workers[1].onLost(new EdgeBertError('worker-lost', 'it ended'));
  await clock.run(4_000);
  assert.equal(workers.length, 3);
  assert.ok(workers[2].texts > 200);
  await end();
});
