import { count, milliseconds } from '../format';
import type { Given, Left } from './files';

/** So many of what was left out are named. */
const NAMED = 3;

/**
 * What became of what was given, in a sentence or more.
 *
 * @param replaced how many files replaced others of the same name
 */
export function outcome({ texts, left, skipped }: Given, replaced: number, ms: number): string {
  if (texts.length === 0 && left.length === 0 && skipped.size === 0) return 'There is nothing to read in it.';
  const read = texts.length > 0 ? `Read ${count(texts.length, 'file')} in ${milliseconds(ms)}.` : '';
  const again = replaced > 0 ? `${count(replaced, 'file')} of the same name replaced.` : '';
  return [read, again, leftOut(left), skippedIn(skipped)].filter(Boolean).join(' ');
}

function leftOut(left: readonly Left[]): string {
  if (left.length === 0) return '';
  // Of pictures and programs nobody expects that they are read; what is left out for another reason is news.
  const news = left.toSorted(
    (one, other) => Number(one.why === 'not text') - Number(other.why === 'not text'),
  );
  const named = news.slice(0, NAMED).map(({ path, why }) => `${path} (${why})`);
  return `Left out: ${named.join(', ')}${left.length > NAMED ? ` and ${left.length - NAMED} more` : ''}.`;
}

function skippedIn(skipped: ReadonlySet<string>): string {
  return skipped.size > 0 ? `Skipped: ${[...skipped].join(', ')}.` : '';
}
