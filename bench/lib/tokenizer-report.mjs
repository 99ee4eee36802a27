// What bench/tokenizer.mjs measured, as tables.
import { digits, table } from './table.mjs';

/** @param best whether to show the best sample instead of the median */
export function tokenizerReport({ conditions, peers, facts, samples }, best) {
  const pick = best ? 'min' : 'median';
  const ms = Object.fromEntries(samples.map((entry) => [entry.name, entry[pick]]));
  const rates = samples.filter(({ name }) => facts.bytes[name]);
  const speed = ({ name }) => [name, digits(facts.bytes[name] / ms[name] / 1000), digits(ms[name])];
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  const lines = [
    `Ready from the packed model: ${digits(ms['ready from the packed model'])} ms`,
    `Memory: ${(facts.memory / 1e6).toFixed(2)} MB`,
    `Share of an encode of 128 tokens: ${((100 * ms['tokenizing 128 tokens']) / ms['encoding 128 tokens']).toFixed(2)} %`,
    ...Object.entries(facts.agree).map(([name, count]) => `The same ids from ${name}: ${count} texts`),
  ];
  return [
    `${conditions.browser}, ${conditions.cpu}, load ${digits(conditions.load)}; ${best ? 'best' : 'median'} of ${samples[0].samples}${versions.map((version) => `; ${version}`).join('')}`,
    table([['', 'MB/s', 'ms'], ...rates.map(speed)]),
    lines.join('\n'),
    `Documents: the one text in ${facts.documents} pieces, a call each.`,
  ].join('\n\n');
}
