import raw from '../../collection/examples.json?raw';
import type { Entry } from '../wordnet/entries';
import type { Hit } from '../wordnet/protocol';

interface Example {
  readonly query: string;
  readonly hits: readonly (Hit & Entry)[];
}

const EXAMPLES = JSON.parse(raw) as Example[];

/** The answers to an example, which the build has computed; undefined for any other query. */
export function exampleHits(query: string): readonly Hit[] | undefined {
  return EXAMPLES.find((example) => example.query === query.trim())?.hits;
}

/** An entry that answers one of the examples. */
export function exampleEntry(index: number): Entry | undefined {
  return ENTRIES.get(index);
}

const ENTRIES = new Map(EXAMPLES.flatMap(({ hits }) => hits.map((hit) => [hit.index, hit] as const)));
