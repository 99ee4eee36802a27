import { rows, similarity, type WorkerModel } from 'edgebert';
import { median } from '../code/speed';

/** So many texts of so many tokens, in one call. */
export interface Case {
  readonly name: string;
  readonly texts: number;
  readonly tokens: number;
}

export const CASES: readonly Case[] = [
  { name: '8', texts: 1, tokens: 8 },
  { name: '128', texts: 1, tokens: 128 },
  { name: '64 × 16', texts: 64, tokens: 16 },
  { name: '256 × 64', texts: 256, tokens: 64 },
];

/** What does the work: bulk work is the GPU's, and interactive work that of one worker. */
export type Device = 'webgpu' | 'wasm';
const PRIORITY = { webgpu: 'bulk', wasm: 'interactive' } as const;

/** A case is not run where it would take longer than this. */
const LONGEST = 30_000;
/** Milliseconds in which a case is repeated, and how often at least and at most. */
const BUDGET = 3_000;
const LEAST = 3;
const MOST = 50;

/** Words that are one token each in MiniLM's vocabulary. */
const WORDS = ['river', 'market', 'seven', 'quiet', 'house', 'water', 'night', 'music'];

/** The texts of a case: [CLS] and [SEP] are two of their tokens. No two begin alike. */
export function textsOf({ texts, tokens }: Case): string[] {
  return Array.from({ length: texts }, (_, text) =>
    Array.from({ length: tokens - 2 }, (_, i) => WORDS[(text + i * (1 + (text % 7))) % WORDS.length]).join(
      ' ',
    ),
  );
}

export function encode(model: WorkerModel, device: Device, texts: string[]): Promise<Float32Array> {
  return model.encode(texts, { priority: PRIORITY[device] });
}

/** The median milliseconds of a case; undefined where it takes too long, by what a token took up to now. */
export async function time(
  model: WorkerModel,
  device: Device,
  which: Case,
  tokenMs: number,
): Promise<number | undefined> {
  if (which.texts * which.tokens * tokenMs > LONGEST) return undefined;
  const texts = textsOf(which);
  // The first run makes room, and finds out how much fits in a submit.
  await encode(model, device, texts);
  const times: number[] = [];
  const began = performance.now();
  while (times.length < LEAST || (times.length < MOST && performance.now() - began < BUDGET)) {
    const start = performance.now();
    await encode(model, device, texts);
    times.push(performance.now() - start);
  }
  return median(times);
}

/** How near the vectors of the two devices are. */
export async function compare(model: WorkerModel): Promise<{ cosine: number; difference: number }> {
  const texts = [
    ...textsOf({ name: '', texts: 8, tokens: 12 }),
    'The physician told me to rest.',
    'How do I reset my password?',
    'Ein Satz auf Deutsch, für andere Wortteile.',
    '',
  ];
  const gpu = await encode(model, 'webgpu', texts);
  const wasm = await encode(model, 'wasm', texts);
  const vectors = rows(wasm, model.dimension);
  const cosines = rows(gpu, model.dimension).map((vector, i) => similarity(vector, vectors[i]!));
  const differences = gpu.map((value, i) => Math.abs(value - wasm[i]!));
  return { cosine: Math.min(...cosines), difference: Math.max(...differences) };
}
