import { count, milliseconds } from '../format';
import type { Given, Left } from './files';

/** So many of what was left out are named. */
const NAMED = 3;

/**
 * What became of what was given, in a sentence or more.
 *
 * @param updated how many texts took the place of others
 */
export function outcome({ texts, left }: Given, updated: number, ms: number): string {
  if (texts.length === 0 && left.length === 0) return 'Nothing to read in it.';
  const read = texts.length > 0 ? `Read ${count(texts.length, 'text')} in ${milliseconds(ms)}.` : '';
  const anew = updated > 0 ? `${count(updated, 'text')} of the same name gave way.` : '';
  return [read, anew, leftOut(left)].filter(Boolean).join(' ');
}

function leftOut(left: readonly Left[]): string {
  if (left.length === 0) return '';
  const named = left.slice(0, NAMED).map(({ path, why }) => `${path} (${why})`);
  return `Left out: ${named.join(', ')}${left.length > NAMED ? ` and ${left.length - NAMED} more` : ''}.`;
}
