// What the project aims at, and how far a run of `npm run bench:readme` is from it.
import { digits } from './table.mjs';

const atLeast = (least) => ({ meets: (value) => value >= least, wanted: `≥ ${least}` });
const atMost = (most) => ({ meets: (value) => value <= most, wanted: `≤ ${most}` });

/** @returns rows of a table: the aim, what was found, what is wanted, whether that is met */
export function aims({ plain, withoutVnni }) {
  const hasVnni = plain.conditions.flags?.includes('avx_vnni');
  const rows = [
    ...(hasVnni ? speed('with VNNI', plain, { unpadded: 2.4, all: 3.8, least: 2, eight: 1.99 }) : []),
    ...speed('without VNNI', hasVnni ? withoutVnni : plain, {
      unpadded: 1.5,
      all: 2.3,
      least: 1.35,
      eight: 1.16,
    }),
    [
      'unpadded ÷ transformers.js',
      compared(plain, 'transformers')?.unpadded,
      hasVnni ? atLeast(2.6) : undefined,
    ],
    ['÷ PyTorch, the least of the lengths', leastOfLengths(plain), atLeast(1)],
    ['÷ sentence-transformers, bulk', bulk(plain), hasVnni ? atLeast(1.2) : undefined],
    ['from the cache, share of 0.1.0', cached(plain), atMost(0.6)],
    ...Object.entries(plain.fidelity ?? {}).flatMap(([name, { 'edgebert-int8': found }]) => [
      [`cosine to float32, mean of ${name}`, found.mean, atLeast(name === 'odd' ? 0.9992 : 0.9996)],
      ...(name === 'odd' ? [] : [[`cosine to float32, least of ${name}`, found.min, atLeast(0.997)]]),
    ]),
  ];
  return rows
    .filter(([, value, aim]) => aim && Number.isFinite(value))
    .map(([what, value, { meets, wanted }]) => {
      const shown = what.startsWith('cosine') ? value.toFixed(5) : digits(value);
      return [what, shown, wanted, meets(value) ? 'met' : 'missed'];
    });
}

function speed(where, run, wanted) {
  const ort = compared(run, 'ort-int8');
  const before = compared(run, 'baseline');
  return [
    [`${where}: unpadded ÷ onnxruntime-web`, ort?.unpadded, atLeast(wanted.unpadded)],
    [`${where}: all ÷ onnxruntime-web`, ort?.all, atLeast(wanted.all)],
    [`${where}: the least ÷ onnxruntime-web`, ort?.least, atLeast(wanted.least)],
    [`${where}: 8 tokens ÷ 0.1.0`, before?.ratios['8'], atLeast(wanted.eight)],
  ];
}

function compared(run, name) {
  return run?.comparisons.find(({ ours, theirs }) => ours === 'edgebert-int8' && theirs === name);
}

function leastOfLengths(run) {
  const { ratios = {} } = compared(run, 'pytorch') ?? {};
  const lengths = Object.entries(ratios).filter(([name]) => /^\d+$/.test(name));
  return lengths.length > 0 ? Math.min(...lengths.map(([, ratio]) => ratio)) : undefined;
}

function bulk({ engines }) {
  const [ours, theirs] = ['edgebert-int8', 'sentence-transformers'].map(
    (wanted) => engines.find(({ name }) => name === wanted)?.ms.bulk?.median,
  );
  return theirs / ours;
}

function cached({ loading }) {
  const ms = (name) => loading[name]?.second?.vector.median;
  return ms('edgebert-int8') / ms('baseline');
}
