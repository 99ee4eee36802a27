// Medians with their spread.

/** The value below which the share `q` of `values` lies, by linear interpolation. */
export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * q;
  const below = sorted[Math.floor(place)];
  return below + (sorted[Math.ceil(place)] - below) * (place % 1);
}

/** What is kept of a set of samples. */
export function summary(samples) {
  const at = (q) => quantile(samples, q);
  return {
    min: at(0),
    lower: at(0.25),
    median: at(0.5),
    upper: at(0.75),
    max: at(1),
    samples: samples.length,
  };
}

/** Undefined for no values at all. */
export function geometricMean(values) {
  if (values.length === 0) return undefined;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
