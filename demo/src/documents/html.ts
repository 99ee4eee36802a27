import type { Record } from './formats';

/** What is never read out loud. */
const SILENT =
  'script, style, noscript, template, svg, math, head, nav, iframe, object, [hidden], [aria-hidden="true"]';
/** Elements that begin a line of their own. */
const BLOCKS =
  'p, div, section, article, main, header, footer, aside, h1, h2, h3, h4, h5, h6, ul, ol, li, dl, dt, dd, table, tr, blockquote, pre, figure, figcaption, hr, form, fieldset, details, summary, address';
/** How browsers begin the file that they write bookmarks to. */
const BOOKMARKS = /^\s*<!DOCTYPE NETSCAPE-Bookmark-file/i;

/** The text of a page, as somebody would read it; of a bookmarks export, a record for each bookmark. */
export function htmlRecords(source: string): Record[] {
  // It is parsed and nothing else: no script runs, and nothing is fetched.
  const page = new DOMParser().parseFromString(withoutStyles(source), 'text/html');
  return BOOKMARKS.test(source) ? bookmarks(page) : [{ text: textOf(page) }];
}

/** The page's policy forbids inline styles in parsed documents too, and the console would say so for each. */
function withoutStyles(source: string): string {
  return source
    .replace(/<style\b[\s\S]*?<\/style\s*>/gi, '')
    .replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi, ''));
}

function textOf(page: Document): string {
  for (const element of page.querySelectorAll(SILENT)) element.remove();
  for (const element of page.querySelectorAll('br')) element.replaceWith('\n');
  for (const element of page.querySelectorAll('td, th')) element.append(' ');
  for (const element of page.querySelectorAll(BLOCKS)) {
    element.before('\n');
    element.append('\n');
  }
  return (page.body.textContent ?? '')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function bookmarks(page: Document): Record[] {
  return [...page.querySelectorAll<HTMLAnchorElement>('dt > a[href]')].flatMap((link) => {
    const title = link.textContent?.trim();
    const address = link.getAttribute('href')!;
    // Bookmarklets and the browser's own pages say nothing.
    if (!title || !/^https?:/i.test(address)) return [];
    const folders: string[] = [];
    for (let list = link.closest('dl'); list; list = list.parentElement?.closest('dl') ?? null) {
      const name = list.parentElement?.querySelector(':scope > h3')?.textContent?.trim();
      if (name) folders.unshift(name);
    }
    return [{ text: `${title}\n${address}`, place: folders.join(' / ') || 'bookmark' }];
  });
}
