// The built command as a person runs it: a process of its own, in a folder of its own.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { dist, packedFile } from '../node/support/source.mjs';

export { packedFile };
export const cli = join(dist, 'cli.js');
export const tiny = join(dist, '../tests/fixtures/tiny-bert-f32');

/** An empty folder for the files of one test file; models are kept in it too, so that none is there yet. */
export function workFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'edgebert-cli-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the command. `node` are arguments for Node itself, `encoding` is that of the standard output. */
export function start(folder, args, { node = [], env = {}, encoding = 'utf8' } = {}) {
  const child = spawn(process.execPath, [...node, cli, ...args], {
    cwd: folder,
    env: { ...process.env, EDGEBERT_CACHE: join(folder, 'cache'), ...env },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const texts = {};
  for (const [name, stream, as] of [
    ['stdout', child.stdout, encoding],
    ['stderr', child.stderr, 'utf8'],
    ['extra', child.stdio[3], 'utf8'],
  ]) {
    texts[name] = '';
    stream.setEncoding(as).on('data', (text) => (texts[name] += text));
  }
  // Whoever stops reading breaks the pipe, which is what some tests are about.
  child.stdin.on('error', () => {});
  const ended = new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, ...texts }));
  });
  return { child, ended };
}

/** Runs the command to its end, with `input` as its standard input. */
export function run(folder, args, { input = '', ...options } = {}) {
  const { child, ended } = start(folder, args, options);
  child.stdin.end(input);
  return ended;
}

/** What JSON lines say. */
export function rowsOf(text) {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** Reads NumPy's format by its description (NEP 1), not by ours. */
export function readNpy(file) {
  const bytes = readFileSync(file);
  if (bytes.toString('latin1', 0, 6) !== '\x93NUMPY' || bytes[6] !== 1 || bytes[7] !== 0)
    throw new Error('no .npy of version 1.0');
  const start = 10 + bytes.readUInt16LE(8);
  if (start % 64 !== 0 || bytes[start - 1] !== 0x0a) throw new Error(`the data begins at ${start}`);
  const header = bytes.toString('latin1', 10, start);
  const [, rows, columns] = /^\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \} *\n$/
    .exec(header)
    .map(Number);
  if (bytes.length !== start + 4 * rows * columns)
    throw new Error(`${bytes.length} bytes for ${rows} × ${columns}`);
  return Array.from({ length: rows }, (_, row) =>
    Float32Array.from({ length: columns }, (_, column) =>
      bytes.readFloatLE(start + 4 * (row * columns + column)),
    ),
  );
}

/** The package itself, to compare with. */
export async function library() {
  const { WasmModel } = await import(pathToFileURL(join(dist, 'index.js')));
  return WasmModel.from_pretrained(pathToFileURL(packedFile), { cache: 'none' });
}

/** The rows of a flat array. */
export function rows(flat, dimension = 384) {
  return Array.from({ length: flat.length / dimension }, (_, i) =>
    flat.slice(i * dimension, (i + 1) * dimension),
  );
}
