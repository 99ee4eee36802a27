// The kernels' times as tables: GMAC/s and share of the ceiling, or ns per element.
import { INTEGER_MAPS } from './kernel-list.mjs';
import { digits, percent, table } from './table.mjs';

/** Which ceiling a kernel is held against, by its maker: relaxed SIMD's own is higher. */
const CEILING = { int8: 'int16', f32: 'f32', attentionInt16: 'int16', attentionF32: 'f32' };
const TITLE = {
  ...Object.fromEntries(INTEGER_MAPS.map(({ name }) => [name, `int8 maps, ${name}`])),
  f32: 'float32 maps',
  attentionInt16: 'Attention of one text, int16',
  attentionF32: 'Attention of one text, float32',
};

/**
 * @param run what bench/kernels.mjs measured
 * @param best whether to show the best sample instead of the median
 * @param before an earlier run to compare with
 */
export function kernelReport(run, { best = false, before } = {}) {
  const pick = best ? 'min' : 'median';
  const ceiling = (name) => run.ceilings[name].macs / run.ceilings[name].ms[pick] / 1e6;
  const faster = change(before, pick);
  const sections = [
    `${run.conditions.browser}, ${run.conditions.cpu}, load ${digits(run.conditions.load)}; ${best ? 'best' : 'median'} of ${run.kernels[0].ms.samples}${run.cold ? '; weights beyond the second-level cache' : ''}`,
    `Ceilings: int16 dot and add ${digits(ceiling('int16'))} GMAC/s, float32 multiply and add ${digits(ceiling('f32'))} GMAC/s`,
  ];
  for (const [kind, title] of Object.entries(TITLE)) {
    const kernels = run.kernels.filter((kernel) => kernel.kind === kind);
    if (kernels.length === 0) continue;
    const cell = (kernel) => {
      const speed = kernel.macs / kernel.ms[pick] / 1e6;
      return `${digits(speed)} ${percent(speed / ceiling(CEILING[kernel.maker]))}${faster(kernel)}`;
    };
    sections.push(`${title}: GMAC/s and share of the ceiling\n${grid(kernels, cell)}`);
  }
  const rest = run.kernels.filter((kernel) => kernel.elements);
  if (rest.length > 0) {
    const lines = rest.map((kernel) => [
      kernel.row,
      digits((1e6 * kernel.ms[pick]) / kernel.elements) + faster(kernel),
    ]);
    sections.push(table([['Per row', 'ns per element'], ...lines]));
  }
  sections.push(spread(run.kernels));
  return sections.join('\n\n');
}

function grid(kernels, cell) {
  const columns = [...new Set(kernels.map(({ column }) => column))];
  const rows = [...new Set(kernels.map(({ row }) => row))];
  const find = (row, column) => kernels.find((kernel) => kernel.row === row && kernel.column === column);
  return table([
    ['', ...columns],
    ...rows.map((row) => [
      row,
      ...columns.map((column) => find(row, column)).map((kernel) => kernel && cell(kernel)),
    ]),
  ]);
}

function change(before, pick) {
  const earlier = new Map(before?.kernels.map(({ name, ms }) => [name, ms[pick]]));
  return ({ name, ms }) => {
    if (!earlier.has(name)) return '';
    const percentage = Math.round(100 * (earlier.get(name) / ms[pick] - 1));
    return ` (${percentage >= 0 ? '+' : ''}${percentage})`;
  };
}

function spread(kernels) {
  const half = kernels.map(({ name, ms }) => ({ name, share: (ms.upper - ms.lower) / 2 / ms.median }));
  half.sort((a, b) => a.share - b.share);
  const [typical, worst] = [half[Math.floor(half.length / 2)], half.at(-1)];
  return `Half of a kernel's samples lie within ±${percent(typical.share)} of its median; for the worst, ${worst.name}, ±${percent(worst.share)}.`;
}
