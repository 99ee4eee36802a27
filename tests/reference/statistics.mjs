// The figures by which vectors are judged, in double precision.

/** Cosine of row `i` of `a` and row `j` of `b`, both row-major with rows of `dimension`. */
export function cosine(a, i, b, j, dimension) {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let k = 0; k < dimension; k++) {
    const x = a[i * dimension + k];
    const y = b[j * dimension + k];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

/** Mean, minimum and the indices of the lowest cosines between rows of the same index. */
export function agreement(found, expected, dimension) {
  const cosines = Array.from({ length: expected.length / dimension }, (_, i) =>
    cosine(found, i, expected, i, dimension),
  );
  // A NaN must show as the worst, and Math.min would not say where it is.
  const key = (i) => (Number.isNaN(cosines[i]) ? -Infinity : cosines[i]);
  const order = cosines.map((_, i) => i).sort((a, b) => key(a) - key(b) || 0);
  return {
    mean: cosines.reduce((sum, c) => sum + c, 0) / cosines.length,
    min: cosines[order[0]],
    worst: order,
    cosines,
  };
}

/** Ranks from 1; equal values share the mean of their ranks. */
function ranks(values) {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const out = new Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let k = start; k < end; k++) out[order[k]] = (start + end + 1) / 2;
    start = end;
  }
  return out;
}

/** Spearman's rank correlation. */
export function spearman(a, b) {
  const x = ranks(a);
  const y = ranks(b);
  const mean = (x.length + 1) / 2;
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let i = 0; i < x.length; i++) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) ** 2;
    yy += (y[i] - mean) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}
