// The figures of bench/search.mjs as tables.
import { digits, percent, table } from './table.mjs';

export function searchReport({
  conditions,
  count,
  dimension,
  queries,
  engines,
  recallWithoutNeighbours,
  persistence,
  large,
}) {
  const rows = engines.map(({ name, p50, p95, insertsPerSecond, recall }) => [
    name,
    digits(p50),
    digits(p95),
    name === 'plain JavaScript' ? '–' : Math.round(insertsPerSecond),
    recall.toFixed(4),
  ]);
  const { save, saveMore, share, fromBytes, open } = persistence;
  return [
    `${count} vectors of ${dimension} numbers, the ten nearest of ${queries} queries, milliseconds`,
    `${conditions.browser}, ${conditions.cpu}, load ${conditions.load.toFixed(1)}`,
    '',
    table([['', 'p50', 'p95', 'inserts/s', 'recall@10'], ...rows]),
    '',
    `edgebert int8, ${large.count} vectors: p50 ${digits(large.p50)} ms, p95 ${digits(large.p95)} ms, ${Math.round(large.insertsPerSecond)} inserts/s`,
    `saved in ${digits(save)} ms, 100 vectors more in ${digits(saveMore)} ms, opened in ${digits(open.p50)} ms, from bytes in ${digits(fromBytes)} ms`,
    `the file has ${percent(share)} of the bytes of its vectors`,
    `recall@10 where vectors and queries have random directions, and no neighbours: ${recallWithoutNeighbours.toFixed(4)}`,
  ].join('\n');
}
