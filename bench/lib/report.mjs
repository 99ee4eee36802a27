// What `npm run bench` prints: times, speeds, ratios, loading.
import { geometricMean } from './stats.mjs';
import { digits, percent, table } from './table.mjs';

/** Which engines are compared, and in which words. */
const PAIRS = [
  { ours: 'edgebert-int8', theirs: 'ort-int8', title: 'int8 ÷ ort-web int8' },
  { ours: 'edgebert-int8', theirs: 'transformers', title: 'int8 ÷ transformers.js' },
  { ours: 'edgebert-f32', theirs: 'ort-f32', title: 'f32 ÷ ort-web f32' },
  { ours: 'edgebert-int8', theirs: 'pytorch', title: 'int8 ÷ PyTorch f32' },
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
  ];
  return sections.filter(Boolean).join('\n\n');
}

function heading(run) {
  const { conditions, peers, rounds, statistic, ceilings } = run;
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  return [
    [conditions.browser, ...versions].join(', '),
    `${conditions.cpu}, load ${digits(conditions.load)} at the start; one thread; ${statistic === 'min' ? 'the best' : 'medians'} of ${rounds} rounds`,
    `Ceilings: int16 dot and add ${digits(ceilingOf(run, 'int16'))} GMAC/s ${spread(ceilings.int16.ms)}, float32 multiply and add ${digits(ceilingOf(run, 'f32'))} GMAC/s ${spread(ceilings.f32.ms)}`,
  ].join('\n');
}

function times({ cases, engines, statistic }) {
  const cell = ({ texts }, ms) => `${digits(ms[statistic] / texts)} ${spread(ms)}`;
  return `Milliseconds per text, and half the distance between the quartiles\n${grid(cases, engines, cell)}`;
}

function speeds(run) {
  const cell = ({ macs }, ms, { ceiling }) => {
    const speed = macs / ms[run.statistic] / 1e6;
    return ceiling ? `${digits(speed)} ${percent(speed / ceilingOf(run, ceiling))}` : digits(speed);
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
  const lines = engines.map(({ title, ms }) => [
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
    const ratio = (name) => find(theirs).ms[name][statistic] / find(ours).ms[name][statistic];
    const ratios = Object.fromEntries(compared.map(({ name }) => [name, ratio(name)]));
    return {
      title,
      ratios,
      unpadded: geometricMean(compared.filter(({ padded }) => !padded).map(({ name }) => ratio(name))),
      all: geometricMean(Object.values(ratios)),
      least: Math.min(...Object.values(ratios)),
    };
  });
}
