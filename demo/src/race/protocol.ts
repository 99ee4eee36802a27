/** What is raced on: the same texts for both. */
export interface Course {
  readonly texts: readonly string[];
  /** The address of transformers.js. */
  readonly script: string;
}

/** What one of the two has done. */
export interface Lap {
  /** From nothing to a model that can encode, its download included. */
  readonly readyMs: number;
  /** Bytes that were downloaded, as they are after decompression; none where the browser had them. */
  readonly bytes: number;
  /** One text at a time, the median. */
  readonly singleMs: number;
  /** All texts in one call, the median. */
  readonly batchMs: number;
  /** The vectors of all texts, one after the other. */
  readonly vectors: Float32Array;
}

/** Measures an engine: each text once to warm up, then one at a time, then all at once. */
export async function measure(
  texts: readonly string[],
  encode: (texts: string[]) => Promise<Float32Array>,
): Promise<Pick<Lap, 'singleMs' | 'batchMs' | 'vectors'>> {
  const all = [...texts];
  const vectors = await encode(all);
  const timed = async (work: () => Promise<unknown>) => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  const singles: number[] = [];
  for (const text of all) singles.push(await timed(() => encode([text])));
  const batches: number[] = [];
  for (let i = 0; i < 3; i++) batches.push(await timed(() => encode(all)));
  return { singleMs: median(singles), batchMs: median(batches), vectors };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}
