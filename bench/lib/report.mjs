// What `npm run bench` prints: times, speeds, ratios, loading.
import { geometricMean } from './stats.mjs';
import { digits, percent, table } from './table.mjs';

/** Which engines are compared, and in which words. */
const PAIRS = [
  { ours: 'edgebert-int8', theirs: 'ort-int8', title: 'int8 ÷ ort-web int8' },
  { ours: 'edgebert-int8', theirs: 'transformers', title: 'int8 ÷ transformers.js' },
  { ours: 'edgebert-f32', theirs: 'ort-f32', title: 'f32 ÷ ort-web f32' },
  { ours: 'edgebert-int8', theirs: 'ort-int8-sorted', title: 'int8 ÷ ort-web sorted' },
  { ours: 'edgebert-int8', theirs: 'baseline', title: 'int8 ÷ 0.1.0' },
  { ours: 'edgebert-int8', theirs: 'pytorch', title: 'int8 ÷ PyTorch f32' },
  { ours: 'edgebert-int8', theirs: 'sentence-transformers', title: 'int8 ÷ sentence-transf.' },
];

/** @param run as it is written to latest.json */
export function report(run) {
  const sections = [
    heading(run),
    times(run),
    speeds(run),
    ratios(run),
    batching(run),
    loading(run),
    agreement(run),
    fidelity(run),
  ];
  return sections.filter(Boolean).join('\n\n');
}

function heading(run) {
  const { conditions, peers, rounds, statistic, ceilings } = run;
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  const { kernel } = run.engines.find(({ name }) => name === 'edgebert-int8') ?? {};
  const limits = Object.keys(CEILINGS).filter((name) => ceilings[name]);
  const each = (name) =>
    `${CEILINGS[name]} ${digits(ceilingOf(run, name))} GMAC/s ${spread(ceilings[name].ms)}`;
  return [
    [conditions.browser, ...versions].join(', '),
    `${conditions.cpu} (${(conditions.flags ?? ['unknown']).join(' ')}), load ${digits(conditions.load)} at the start; one thread; ${statistic === 'min' ? 'the best' : 'medians'} of ${rounds} rounds`,
    ...(kernel ? [`edgebert chose its kernel ${kernel}`] : []),
    `Ceilings: ${limits.map(each).join(', ')}`,
  ].join('\n');
}

/** What each ceiling's loop consists of. */
const CEILINGS = {
  int16: 'int16 dot and add',
  relaxed: 'relaxed int8 dot',
  f32: 'float32 multiply and add',
};

function times({ cases, engines, statistic }) {
  const cell = ({ texts }, ms) => `${digits(ms[statistic] / texts)} ${spread(ms)}`;
  return `Milliseconds per text, and half the distance between the quartiles\n${grid(cases, engines, cell)}`;
}

function speeds(run) {
  const cell = ({ macs }, ms, { ceiling }) => {
    const speed = macs / ms[run.statistic] / 1e6;
    const most = ceiling && run.ceilings[ceiling] && ceilingOf(run, ceiling);
    return most ? `${digits(speed)} ${percent(speed / most)}` : digits(speed);
  };
  return `GMAC/s without padding, and share of the ceiling\n${grid(run.cases, run.engines, cell)}`;
}

function grid(cases, engines, cell) {
  return table([
    ['', ...engines.map(({ title }) => title)],
    ...cases.map((each) => [
      each.title,
      ...engines.map((engine) => (engine.ms[each.name] ? cell(each, engine.ms[each.name], engine) : '')),
    ]),
  ]);
}

function ratios({ cases, comparisons }) {
  if (comparisons.length === 0) return '';
  const times = (value) => (value === undefined ? '' : digits(value));
  const compared = cases.filter(({ name }) => comparisons.some(({ ratios }) => name in ratios));
  return `How many times as fast\n${table([
    ['', ...comparisons.map(({ title }) => title)],
    ...compared.map(({ name, title }) => [title, ...comparisons.map(({ ratios }) => times(ratios[name]))]),
    ['geometric mean, unpadded', ...comparisons.map(({ unpadded }) => times(unpadded))],
    ['geometric mean, all', ...comparisons.map(({ all }) => times(all))],
    ['least', ...comparisons.map(({ least }) => times(least))],
  ])}`;
}

function batching({ engines, cases, statistic }) {
  if (!['one-long', 'one-long-singly'].every((wanted) => cases.some(({ name }) => name === wanted)))
    return '';
  const lines = engines
    .filter(({ ms }) => ms['one-long-singly'])
    .map(({ title, ms }) => [
      title,
      `${digits(ms['one-long'][statistic] / ms['one-long-singly'][statistic])} ×`,
    ]);
  return table([['63 short texts and one of 256 in a call', 'against one by one'], ...lines]);
}

function loading({ loading, engines }) {
  if (!loading) return '';
  const ms = (visit, what) => (visit ? `${Math.round(visit[what].median)}` : '');
  const lines = engines
    .filter(({ name }) => loading[name])
    .map(({ name, title }) => {
      const { first, second, memoryBytes } = loading[name];
      return [
        title,
        ms(first, 'ready'),
        ms(first, 'vector'),
        ms(second, 'ready'),
        ms(second, 'vector'),
        digits(memoryBytes / 1e6),
      ];
    });
  return `Loading, ms from localhost: a first visit, and a second from the library's own cache\n${table([
    ['', 'ready', 'first vector', 'again: ready', 'first vector', 'wasm memory, MB'],
    ...lines,
  ])}`;
}

function agreement({ agreement }) {
  const [reference, ...others] = Object.entries(agreement);
  if (others.length === 0) return '';
  return `Least cosine to ${reference[0]}: ${others.map(([name, cosine]) => `${name} ${cosine.toFixed(4)}`).join(', ')}`;
}

function fidelity({ fidelity, engines }) {
  if (!fidelity) return '';
  const lines = Object.entries(fidelity).flatMap(([name, { texts, ...found }]) =>
    Object.entries(found).map(([engine, { mean, min }]) => {
      const { title } = engines.find((each) => each.name === engine);
      return [`${texts} texts of ${name}: ${title}`, mean.toFixed(5), min.toFixed(5)];
    }),
  );
  return `Cosine to float32\n${table([['', 'mean', 'least'], ...lines])}`;
}

function ceilingOf({ ceilings, statistic }, name) {
  return ceilings[name].macs / ceilings[name].ms[statistic] / 1e6;
}

/** Half the distance between the quartiles, as a share of the median. */
function spread({ lower, median, upper }) {
  return `±${percent((upper - lower) / 2 / median)}`;
}

/** Ratios of the times of every pair of engines that the run has, for the cases that are compared. */
export function compare(engines, cases, statistic) {
  const compared = cases.filter(({ aside }) => !aside);
  if (compared.length === 0) return [];
  const find = (wanted) => engines.find(({ name }) => name === wanted);
  return PAIRS.filter(({ ours, theirs }) => find(ours) && find(theirs)).map(({ ours, theirs, title }) => {
    const taken = compared.filter(({ name }) => find(theirs).ms[name] && find(ours).ms[name]);
    const ratio = ({ name }) => find(theirs).ms[name][statistic] / find(ours).ms[name][statistic];
    const ratios = Object.fromEntries(taken.map((each) => [each.name, ratio(each)]));
    return {
      ours,
      theirs,
      title,
      ratios,
      unpadded: geometricMean(taken.filter(({ padded }) => !padded).map(ratio)),
      all: geometricMean(Object.values(ratios)),
      least: Math.min(...Object.values(ratios)),
    };
  });
}
