/**
 * 26000 → 26,000. By hand: the first `Intl.NumberFormat` of a page takes ten milliseconds of its thread,
 * while the page starts.
 */
function grouped(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\B(?=(?:\d{3})+(?:\.|$))/g, ',');
}

const oneDigit = (value: number) => grouped(value, 1);
const wholes = (value: number) => grouped(value, 0);

export function megabytes(bytes: number): string {
  return `${oneDigit(bytes / 1e6)} MB`;
}

/** Below 100 ms with one digit, then whole, then seconds. */
export function milliseconds(ms: number): string {
  if (ms >= 10_000) return `${oneDigit(ms / 1000)} s`;
  return `${(ms < 100 ? oneDigit : wholes)(ms)} ms`;
}

/** -0.5 → −0.50, with a minus sign as wide as the digits. */
export function cosine(value: number): string {
  return value
    .toFixed(2)
    .replace(/^-0\.00$/, '0.00')
    .replace('-', '\u2212');
}

/** What a bare number beside an answer is, for whoever points at it. */
export function similarityTitle(score: number): string {
  return `Similarity ${cosine(score)} of 1`;
}

export function count(n: number, one: string): string {
  return `${wholes(n)} ${one}${n === 1 ? '' : 's'}`;
}

/** Before so much time has passed, nobody knows how long the rest takes. */
const TOO_EARLY = 1500;

/**
 * ", about 20 s", which no end of a line divides, for what has come to `fraction` in `ms`; nothing as long
 * as that would be a guess.
 */
export function timeLeft(fraction: number, ms: number): string {
  if (ms < TOO_EARLY || fraction < 0.02 || fraction >= 1) return '';
  const seconds = ((1 - fraction) * ms) / fraction / 1000;
  if (seconds >= 90) return `, about\u00a0${wholes(Math.round(seconds / 60))}\u00a0min`;
  return `, about\u00a0${wholes(Math.max(1, seconds > 10 ? 5 * Math.round(seconds / 5) : Math.round(seconds)))}\u00a0s`;
}
