import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixtures } from './paths';

/** Cosine of two vectors, in double precision; NaN if either has one. */
export function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** Largest difference of two vectors, relative to the largest component of `expected`. */
export function relativeError(found: readonly number[], expected: readonly number[]): number {
  if (found.length !== expected.length) return NaN;
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(value - found[i]!))) / scale;
}

/** The rows in which two results differ in any bit. */
export function differences(found: readonly number[][], expected: readonly number[][]): number[] {
  const same = (a: readonly number[], b: readonly number[] = []) =>
    a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
  const rows = Math.max(found.length, expected.length);
  return Array.from({ length: rows }, (_, i) => i).filter((i) => !same(expected[i] ?? [], found[i]));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What all-MiniLM-L6-v2 answers for our own forty texts (tests/reference/README.md). */
export interface Goldens {
  readonly texts: readonly string[];
  /** Number of word pieces of each text, [CLS] and [SEP] included, not truncated. */
  readonly tokens: readonly number[];
  readonly pooled: readonly number[][];
  readonly normalized: readonly number[][];
}

export function goldens(): Goldens {
  const folder = join(fixtures, 'minilm');
  const { dimension, texts } = JSON.parse(readFileSync(join(folder, 'texts.json'), 'utf8')) as {
    dimension: number;
    texts: { text: string; tokens: number }[];
  };
  return {
    texts: texts.map(({ text }) => text),
    tokens: texts.map(({ tokens }) => tokens),
    pooled: readRows(join(folder, 'pooled.f32'), dimension),
    normalized: readRows(join(folder, 'normalized.f32'), dimension),
  };
}

/** The rows of a little-endian float32 file. */
export function readRows(file: string, dimension: number): number[][] {
  const bytes = readFileSync(file);
  const rows = bytes.length / 4 / dimension;
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: dimension }, (_, column) => bytes.readFloatLE(4 * (row * dimension + column))),
  );
}
