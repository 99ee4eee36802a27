import type { SemanticSearchResult } from 'edgebert';
import { create } from '../dom';
import { cosine, similarityTitle } from '../format';
import { fileOf } from './library';

/** How much of the text around a passage is shown with it, in characters on each side. */
const AROUND = 90;

/**
 * A passage that was found: in which file, how similar, and the text around it.
 *
 * @param number its number in the list, which the prompt for a language model uses too
 */
export function passage(result: SemanticSearchResult, whole: string, number: number): HTMLLIElement {
  const { score, start, end } = result;
  const [before, after] = [Math.max(0, start - AROUND), Math.min(whole.length, end + AROUND)];
  const from = create(
    'p',
    { class: 'from' },
    create(
      'span',
      {},
      create('b', { class: 'badge' }, String(number)),
      ' ',
      create('b', {}, sourceOf(result)),
    ),
    create('span', { title: similarityTitle(score) }, cosine(score)),
  );
  const quote = create(
    'blockquote',
    {},
    inOneLine(before > 0 ? `…${fromWord(whole.slice(before, start))}` : whole.slice(0, start).trimStart()),
    create('mark', {}, whole.slice(start, end)),
    after < whole.length ? `${toWord(whole.slice(end, after))}…` : whole.slice(end).trimEnd(),
  );
  // Where there is nothing around it, nothing has to set the passage apart.
  if (start === 0 && end >= whole.trimEnd().length) quote.classList.add('whole');
  return create('li', {}, from, quote);
}

/** The file, and where in it: "budget.csv, row 12". */
export function sourceOf({ id, metadata }: SemanticSearchResult): string {
  const place = metadata?.['place'];
  return place === undefined ? fileOf({ id, metadata }) : `${fileOf({ id, metadata })}, ${String(place)}`;
}

/** A question with the passages that may answer it, as a language model is asked. */
export function promptOf(question: string, results: readonly SemanticSearchResult[]): string {
  const passages = results.map((result, i) => `[${i + 1}] ${sourceOf(result)}\n${result.text.trim()}`);
  return (
    'Answer the question from the passages below alone. Name the number of each passage that you use, and say so if ' +
    `they do not answer it.\n\n${passages.join('\n\n')}\n\nQuestion: ${question}\n`
  );
}

/** Without the piece of a word that it begins with. */
function fromWord(text: string): string {
  return text.replace(/^\S*\s/, '');
}

/** So that what comes before a passage never pushes it down. */
function inOneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

function toWord(text: string): string {
  return text.replace(/\s\S*$/, '');
}
