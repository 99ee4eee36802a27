const oneDigit = new Intl.NumberFormat('en', { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const wholes = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function megabytes(bytes: number): string {
  return `${oneDigit.format(bytes / 1e6)} MB`;
}

/** Below 100 ms with one digit, then whole, then seconds. */
export function milliseconds(ms: number): string {
  if (ms >= 10_000) return `${oneDigit.format(ms / 1000)} s`;
  return `${(ms < 100 ? oneDigit : wholes).format(ms)} ms`;
}

/** -0.5 → −0.50, with a minus sign as wide as the digits. */
export function cosine(value: number): string {
  return value
    .toFixed(2)
    .replace(/^-0\.00$/, '0.00')
    .replace('-', '\u2212');
}

export function count(n: number, one: string): string {
  return `${wholes.format(n)} ${one}${n === 1 ? '' : 's'}`;
}
