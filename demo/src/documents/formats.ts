import { csvRecords } from './csv';
import { htmlRecords } from './html';
import { plainMarkdown } from './markdown';

/** A part of a file that is found on its own: a row, a page, a bookmark, or some thousand characters. */
export interface Record {
  readonly text: string;
  /** Where it is in the file, such as "row 12"; undefined where the file is one record. */
  readonly place?: string;
}

/** Long texts are cut here: what was read of one is kept when somebody stops. */
const LONGEST = 8_000;

/** The text of a file of text, by what its name says that it is. */
export function textRecords(path: string, text: string): Record[] {
  const records = recordsOf(path.slice(path.lastIndexOf('.') + 1).toLowerCase(), text);
  return records.flatMap(shortened).filter(({ text }) => text.trim() !== '');
}

function recordsOf(extension: string, text: string): Record[] {
  if (['html', 'htm', 'xhtml'].includes(extension)) return htmlRecords(text);
  if (['md', 'markdown', 'mdx'].includes(extension)) return [{ text: plainMarkdown(text) }];
  if (extension === 'csv' || extension === 'tsv') return csvRecords(text, extension === 'tsv');
  return [{ text }];
}

/** A record that is too long, cut between paragraphs, or else lines or words. */
function shortened({ text, place }: Record): Record[] {
  const parts: string[] = [];
  for (let rest = text; ;) {
    if (rest.length <= LONGEST) {
      parts.push(rest);
      break;
    }
    const window = rest.slice(0, LONGEST);
    const cut = ['\n\n', '\n', '. ', ' ']
      .map((end) => window.lastIndexOf(end) + end.length)
      .find((at) => at > LONGEST / 2);
    parts.push(rest.slice(0, cut ?? LONGEST));
    rest = rest.slice(cut ?? LONGEST);
  }
  if (parts.length === 1) return [place === undefined ? { text } : { text, place }];
  return parts.map((text, i) => ({
    text,
    place: `${place ? `${place}, ` : ''}part ${i + 1} of ${parts.length}`,
  }));
}
