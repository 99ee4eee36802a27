// What is encoded: lengths in word pieces, [CLS] and [SEP] included.
import { Stop } from '../../scripts/lib/say.mjs';

const LENGTHS = [8, 16, 32, 64, 128, 256];
/** Different texts of one length, each a call of its own. */
const TEXTS_PER_LENGTH = 4;
const BATCH = 32;
const MIXED = 64;
const BULK = 256;

/** A power of 2 of lengths from 6 to 40, mostly short, as those of sentences are; in no order. */
const sentences = (count) =>
  Array.from({ length: count }, (_, i) => 6 + Math.round(34 * (((37 * i) % count) / (count - 1)) ** 2.2));
/** Short texts, with one of 256 in their midst. */
const oneLong = Array.from({ length: MIXED }, (_, i) => (i === MIXED / 2 ? 256 : 6 + ((5 * i) % 11)));

/**
 * `calls` are the calls of one repetition, each a list of its texts' lengths. `padded` says that
 * engines which pad do more than the work that counts.
 */
export const allCases = [
  ...LENGTHS.map((length) => ({
    name: `${length}`,
    title: `${length} tokens`,
    calls: Array(TEXTS_PER_LENGTH).fill([length]),
  })),
  { name: '32x16', title: `batch of ${BATCH} × 16`, calls: [Array(BATCH).fill(16)] },
  { name: 'sentences', title: `batch of ${MIXED}, 6 to 40`, calls: [sentences(MIXED)], padded: true },
  { name: 'one-long', title: `${MIXED - 1} short and one of 256`, calls: [oneLong], padded: true },
  // What is encoded once and kept: sorting by length has something to choose from.
  { name: 'bulk', title: `${BULK} at once, 6 to 40`, calls: [sentences(BULK)], padded: true, aside: true },
  // What the same texts cost when nothing is padded: not a comparison of its own.
  {
    name: 'one-long-singly',
    title: 'the same, one by one',
    calls: oneLong.map((length) => [length]),
    aside: true,
  },
];

/** @param names separated by commas; none means all */
export function chooseCases(names) {
  const wanted = names.split(',').filter(Boolean);
  const unknown = wanted.find((name) => !allCases.some((each) => each.name === name));
  if (unknown)
    throw new Stop(
      `--cases: there is no case "${unknown}": there are ${allCases.map(({ name }) => name).join(', ')}.`,
    );
  return allCases.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
}

/** Texts in one repetition of a case. */
export function textsOf({ calls }) {
  return calls.flat().length;
}

const LAYERS = 6;
const HIDDEN = 384;
const INTERMEDIATE = 1536;

/**
 * Multiply-accumulates of one repetition, without padding: per layer and token four maps of the hidden
 * size and two of the feed-forward block; per pair of a text's tokens, a score and its use.
 */
export function macsOf({ calls }) {
  const perToken = LAYERS * (4 * HIDDEN * HIDDEN + 2 * HIDDEN * INTERMEDIATE);
  const perPair = LAYERS * 2 * HIDDEN;
  return calls.flat().reduce((sum, length) => sum + length * perToken + length * length * perPair, 0);
}
