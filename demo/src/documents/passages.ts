import type { SemanticSearchResult } from 'edgebert';
import { create } from '../dom';

/** How much of the text around a passage is shown with it, in characters on each side. */
const AROUND = 90;

/** A passage that was found: in which document, how near, and what stands around it. */
export function passage(
  { id, title, score, start, end }: SemanticSearchResult,
  whole: string,
): HTMLLIElement {
  const [before, after] = [Math.max(0, start - AROUND), Math.min(whole.length, end + AROUND)];
  const cut = create(
    'p',
    { class: 'from' },
    create('b', {}, title ?? id),
    create('span', {}, score.toFixed(2)),
  );
  const quote = create(
    'blockquote',
    {},
    inOneLine(before > 0 ? `…${fromWord(whole.slice(before, start))}` : whole.slice(0, start).trimStart()),
    create('mark', {}, whole.slice(start, end)),
    after < whole.length ? `${toWord(whole.slice(end, after))}…` : whole.slice(end).trimEnd(),
  );
  return create('li', {}, cut, quote);
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
