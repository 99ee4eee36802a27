// The programs of examples/scale as a person runs them, on 2,000 texts: every way gives the bits of a
// browser. Started by `npm run test:scale`, which installs what they need.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openPage, withBrowser } from '../../bench/lib/browser.mjs';
import { serve } from '../../bench/lib/server.mjs';
import { dist, inRoot, models } from '../../scripts/lib/paths.mjs';
import { wordnetTexts } from '../../scripts/lib/wordnet.mjs';

const COUNT = Number(process.env.SCALE_TEXTS ?? 2000);
const DIMENSION = 384;
const python = process.env.SCALE_PYTHON ?? 'python3';
const edgebert = inRoot('tests', 'scale', 'edgebert.sh');
const SPARK = {
  PYSPARK_PYTHON: python,
  PYSPARK_DRIVER_PYTHON: python,
  PYSPARK_SUBMIT_ARGS: '--master local-cluster[2,1,1024] pyspark-shell',
};

const folder = mkdtempSync(join(tmpdir(), 'edgebert-scale-'));
const texts = wordnetTexts().slice(0, COUNT);
let expected;

/** Runs a program to its end, in the folder of the test; returns what it printed. */
async function run(command, args, env = {}) {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, EDGEBERT: edgebert, EDGEBERT_CACHE: join(folder, 'cache'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of Object.keys(output)) {
    child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
  }
  const [code] = await once(child, 'close');
  assert.equal(code, 0, `${command} ${args.join(' ')}\n${output.stdout}\n${output.stderr.slice(-5000)}`);
  return output.stdout;
}

const recipe = (name, args, env) => run(python, [inRoot('examples', 'scale', name), ...args], env);

const sha256 = (vectors) => createHash('sha256').update(new Uint8Array(vectors.buffer)).digest('hex');

/** The count and the hash of the vectors in a Parquet file or folder. */
async function hashOf(path) {
  return (await run(python, [inRoot('tests', 'scale', 'hash.py'), path])).trim();
}

before(async () => {
  const lines = texts.map((text, i) => `${JSON.stringify({ id: String(i), text })}\n`);
  writeFileSync(join(folder, 'docs.jsonl'), lines.join(''));
  copyFileSync(join(models, 'all-MiniLM-L6-v2', 'model-int8.safetensors'), join(folder, 'model.safetensors'));
  expected = `${COUNT} ${await inChromium()}`;
  const output = ['--id-field', 'id', '--output', 'vectors.parquet'];
  await run(edgebert, ['embed', '--model', 'model.safetensors', '--input', 'docs.jsonl', ...output]);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** The hash of the vectors as a page computes them. */
async function inChromium() {
  const page = join(folder, 'page.html');
  writeFileSync(page, '<!doctype html><script type="module">window.ready = true;</script>');
  const server = await serve({ '/page.html': page, '/dist/': dist, '/models/': models });
  try {
    return await withBrowser((browser) =>
      openPage(browser, `${server.origin}/page.html`, (tab) =>
        tab.evaluate(async (texts) => {
          const { MiniLML6V2, WasmModel } = await import('/dist/index.js');
          const model = await WasmModel.from_type(MiniLML6V2, { baseUrl: '/models' });
          const vectors = model.encode(texts);
          const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', vectors));
          return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
        }, texts),
      ),
    );
  } finally {
    await server.close();
  }
}

test('Node and Parquet have the bits of Chromium', async () => {
  await run(edgebert, ['embed', '-m', 'model.safetensors', '-i', 'docs.jsonl', '-o', 'vectors.f32']);
  const bytes = readFileSync(join(folder, 'vectors.f32'));
  assert.equal(`${bytes.length / 4 / DIMENSION} ${sha256(new Uint8Array(bytes))}`, expected);
  assert.equal(await hashOf('vectors.parquet'), expected);
});

test('PySpark mapInArrow on two executors', async () => {
  await recipe('spark_map_in_arrow.py', ['docs.jsonl', 'model.safetensors', 'arrow'], SPARK);
  assert.equal(await hashOf('arrow'), expected);
});

test('an executor that is killed costs a second try, and no bit', async () => {
  const mark = join(folder, 'killed-once');
  const env = { ...SPARK, KILL_ONCE: mark };
  await recipe('spark_map_in_arrow.py', ['docs.jsonl', 'model.safetensors', 'retried'], env);
  assert.ok(existsSync(join(mark, 'killed')), 'no executor was killed');
  assert.equal(await hashOf('retried'), expected);
});

test('PySpark rdd.pipe on two executors', async () => {
  await recipe('spark_rdd_pipe.py', ['docs.jsonl', 'model.safetensors', 'piped'], SPARK);
  const parts = readdirSync(join(folder, 'piped')).filter((name) => name.startsWith('part-'));
  const rows = parts
    .flatMap((name) =>
      readFileSync(join(folder, 'piped', name), 'utf8')
        .split('\n')
        .filter(Boolean),
    )
    .map((line) => JSON.parse(line))
    .sort((one, other) => Number(one.id) - Number(other.id));
  assert.ok(parts.length >= 2);
  assert.equal(`${rows.length} ${sha256(Float32Array.from(rows.flatMap(({ vector }) => vector)))}`, expected);
  assert.deepEqual(
    rows.map(({ text }) => text),
    texts,
  );
});

test('Ray Data map_batches with actors', async () => {
  await recipe('ray_map_batches.py', ['docs.jsonl', 'model.safetensors', 'ray'], {
    RAY_USAGE_STATS_ENABLED: '0',
    // A busy machine takes longer than the 30 s after which Ray gives up.
    RAY_raylet_start_wait_time_s: '300',
  });
  assert.equal(await hashOf('ray'), expected);
});

test('DuckDB finds over Parquet what the package finds', async () => {
  const query = 'who sees a doctor?';
  const found = await recipe('duckdb_search.py', ['vectors.parquet', 'model.safetensors', query]);
  const { WasmModel } = await import('../../dist/index.js');
  const model = await WasmModel.from_pretrained(new URL(`file://${join(folder, 'model.safetensors')}`), {
    cache: 'none',
  });
  const [vectors, wanted] = [model.encode(texts), model.encode([query])];
  model.free();
  const best = texts
    .map((text, i) => {
      const row = vectors.subarray(i * DIMENSION, (i + 1) * DIMENSION);
      return { text, score: row.reduce((sum, value, k) => sum + value * wanted[k], 0) };
    })
    .sort((one, other) => other.score - one.score)
    .slice(0, 5);
  assert.deepEqual(
    rowsOf(found).map(([, , text]) => text),
    best.map(({ text }) => text),
  );
});

test('pgvector keeps every bit through a binary COPY', async () => {
  const server = spawn(python, [inRoot('tests', 'scale', 'postgres.py'), join(folder, 'postgres')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  try {
    const [address] = await once(server.stdout.setEncoding('utf8'), 'data');
    const found = await recipe('pgvector_copy.py', ['vectors.parquet', address.trim()]);
    assert.match(found, new RegExp(`^${COUNT} rows\\n1\\.000000\\t0\\n`));
    const hash = await run(python, [inRoot('tests', 'scale', 'hash_postgres.py'), address.trim()]);
    assert.equal(hash.trim(), expected);
  } finally {
    server.stdin.end();
    await once(server, 'close');
  }
});

for (const [name, file, place] of [
  ['Qdrant, in the local mode of its client', 'qdrant_upload.py', 'qdrant'],
  ['LanceDB', 'lancedb_table.py', 'lance'],
]) {
  test(`${name}: all rows, and twice the same`, async () => {
    const first = await recipe(file, ['vectors.parquet', place]);
    assert.match(first, new RegExp(`^${COUNT} (points|rows)\\n`));
    const [[score, id]] = rowsOf(first.slice(first.indexOf('\n') + 1));
    assert.deepEqual([Number(score).toFixed(3), id], ['1.000', '0']);
    // A load that is run again replaces and adds nothing.
    assert.equal(await recipe(file, ['vectors.parquet', place]), first);
  });
}

function rowsOf(text) {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'));
}
