// What `npm run bench:readme` prints at its end: README's tables, and the aims.
import { aims } from './aims.mjs';
import { digits, percent, table } from './table.mjs';

/** The columns: an engine, and one that differs from it where texts of several lengths are in a call. */
const COLUMNS = [
  { title: 'edgebert', name: 'edgebert-int8' },
  { title: 'onnxruntime-web int8', name: 'ort-int8', sorted: 'ort-int8-sorted' },
  { title: 'transformers.js int8', name: 'transformers' },
  { title: 'PyTorch float32', name: 'pytorch', sorted: 'sentence-transformers' },
];

/** @param runs `plain`, `withoutVnni` and `firefox`, the last two where there are such */
export function readmeTables(runs) {
  const { plain, withoutVnni, firefox } = runs;
  const named = plain.conditions.flags?.includes('avx_vnni') ? 'with AVX-VNNI' : 'without AVX-VNNI';
  return [
    "README's tables: milliseconds per text; in brackets sorted by length and padded in batches of 32",
    `**${named}** (${about(plain)})\n\n${markdown(plain)}`,
    withoutVnni &&
      `**without AVX-VNNI**, the same machine with it turned off in V8 (${about(withoutVnni)})\n\n${markdown(withoutVnni)}`,
    firefox && `**Firefox** (${about(firefox)})\n\n${markdown(firefox)}`,
    loading(plain),
    `The aims\n${table([['', 'found', 'wanted', ''], ...aims(runs)])}`,
  ]
    .filter(Boolean)
    .join('\n\n');
}

function about({ conditions, engines, rounds }) {
  const { kernel } = engines.find(({ name }) => name === 'edgebert-int8') ?? {};
  return [
    conditions.browser,
    conditions.cpu,
    (conditions.flags ?? ['unknown']).join(' '),
    `load ${digits(conditions.load)}`,
    `kernel ${kernel}`,
    `medians of ${rounds} rounds`,
  ].join(', ');
}

function markdown({ cases, engines }) {
  const find = (wanted) => engines.find(({ name }) => name === wanted);
  const columns = COLUMNS.filter(({ name }) => find(name));
  const ms = (name, each) => {
    const found = find(name)?.ms[each.name];
    return found && digits(found.median / each.texts);
  };
  const lines = cases.map((each) => [
    each.title,
    ...columns.map(({ name, sorted }) => {
      const other = sorted && ms(sorted, each);
      return `${ms(name, each) ?? ''}${other ? ` (${other})` : ''}`;
    }),
  ]);
  const spreads = columns.map(({ name, title }) => {
    const all = Object.values(find(name).ms).map(({ lower, median, upper }) => (upper - lower) / 2 / median);
    return `${title} ${percent(Math.max(...all))}`;
  });
  return [
    ...[['', ...columns.map(({ title }) => title)], ['---', ...columns.map(() => '---')], ...lines].map(
      (line) => `| ${line.join(' | ')} |`,
    ),
    `\nHalf the distance between the quartiles, at most: ${spreads.join(', ')}`,
  ].join('\n');
}

function loading({ loading, engines }) {
  const lines = Object.entries(loading).map(([name, { first, second }]) => {
    const { title } = engines.find((engine) => engine.name === name);
    const ms = ({ vector }) =>
      `${Math.round(vector.median)} (${Math.round(vector.min)}–${Math.round(vector.max)})`;
    return [title, ms(first), second ? ms(second) : ''];
  });
  return `To the first vector, ms, median and range\n${table([['', 'first visit', 'from its cache'], ...lines])}`;
}
