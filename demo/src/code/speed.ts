/** Milliseconds for one text at a time, and for all in one call: medians, once everything is warm. */
export async function measure(texts: readonly string[], encode: (texts: string[]) => Promise<Float32Array>) {
  const all = [...texts];
  const vectors = await encode(all);
  const timed = async (some: string[]) => {
    const start = performance.now();
    await encode(some);
    return performance.now() - start;
  };
  const singles: number[] = [];
  for (const text of all) singles.push(await timed([text]));
  const batches: number[] = [];
  for (let i = 0; i < 3; i++) batches.push(await timed(all));
  return { vectors, singleMs: median(singles), batchMs: median(batches) };
}

export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}
