/** The first `kept` numbers of each vector of `whole`, of length 1 again if they were normalised. */
export function truncated(
  vectors: Float32Array<ArrayBuffer>,
  whole: number,
  kept: number,
  normalize: boolean,
): Float32Array<ArrayBuffer> {
  if (kept === whole) return vectors;
  const rows = vectors.length / whole;
  const result = new Float32Array(rows * kept);
  for (let row = 0; row < rows; row++) {
    const from = vectors.subarray(row * whole, row * whole + kept);
    const to = result.subarray(row * kept, (row + 1) * kept);
    const length = normalize ? Math.sqrt(from.reduce((sum, value) => sum + value * value, 0)) : 1;
    if (length > 0) for (let i = 0; i < kept; i++) to[i] = from[i]! / length;
  }
  return result;
}
