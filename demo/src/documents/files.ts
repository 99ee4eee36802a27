import { PageError } from '../fetched';
import { textRecords } from './formats';
import { programs, type Found } from './found';
import type { FileText } from './library';

/** Something that was not read, and why. */
export interface Left {
  readonly path: string;
  readonly why:
    | 'not text'
    | 'too large'
    | 'empty'
    | 'cannot be read'
    | 'locked by a password'
    | 'pictures of pages, without text'
    | 'save it as PDF or text first';
}

/** What became of what was given. */
export interface Given {
  readonly texts: FileText[];
  readonly left: Left[];
  /** Folders of programs rather than people, which were skipped. */
  readonly skipped: Set<string>;
}

const TEXT = /\.(txt|text|md|markdown|mdx|rst|adoc|org|tex|csv|tsv|log|json|ya?ml|x?html?|srt|vtt)$/i;
/** Programs are text too, whatever a system takes them for: `.ts` is a video to most. */
const CODE =
  /\.(?:[cm]?[jt]sx?|py|rb|php|pl|lua|r|jl|rs|go|java|kts?|scala|swift|cs|fs|dart|[ch](?:pp|xx|c)?|hh|mm?|sh|bash|zsh|fish|ps1|sql|graphql|proto|vue|svelte|css|s[ac]ss|less|xml|svg|toml|ini|cfg|conf|env|tf|ipynb)$/i;
const PDF = /\.pdf$/i;
/** Texts, too, in formats that every program for them can turn into one that is read here. */
const OFFICE = /\.(?:docx?|rtf|od[tps]|pptx?|xlsx?|epub|mobi|pages|numbers|key)$/i;
/** Larger than any book; what is beyond is a dump of data, and would take minutes. */
const MOST_BYTES = 8e6;
/** A scanned book; its text is a small part of it. */
const MOST_PDF_BYTES = 100e6;
export function given(texts: FileText[] = []): Given {
  return { texts, left: [], skipped: new Set() };
}

/** What follows the opening of files, and may end it. */
export interface Opening {
  readonly signal: AbortSignal;
  /** @param where the file that is being opened, and the page of a long one */
  report(where: string, fraction: number): void;
}

/** Reads those of the files that have text in them; tells which ones were left out. */
export async function readFiles(files: readonly Found[], { signal, report }: Opening): Promise<Given> {
  const result = given();
  for (const [i, { path, file }] of files.entries()) {
    signal.throwIfAborted();
    const within = (fraction: number, page = '') => report(`${path}${page}`, (i + fraction) / files.length);
    within(0);
    const folder = programs(path.split('/').slice(0, -1));
    if (folder) {
      result.skipped.add(folder);
      continue;
    }
    const read = await recordsOf(path, file, { signal, report: (page, fraction) => within(fraction, page) });
    if ('records' in read) result.texts.push({ name: path, records: read.records });
    else result.left.push({ path, why: read.why });
  }
  return result;
}

async function recordsOf(
  path: string,
  file: File | undefined,
  opening: Opening,
): Promise<Pick<FileText, 'records'> | Pick<Left, 'why'>> {
  if (!file) return { why: 'cannot be read' };
  if (file.size === 0) return { why: 'empty' };
  if (OFFICE.test(path)) return { why: 'save it as PDF or text first' };
  const isPdf = PDF.test(path) || file.type === 'application/pdf';
  if (!isPdf && !TEXT.test(path) && !CODE.test(path) && !file.type.startsWith('text/'))
    return { why: 'not text' };
  if (file.size > (isPdf ? MOST_PDF_BYTES : MOST_BYTES)) return { why: 'too large' };
  // It may be gone by now, or not be for everybody.
  const bytes = await file.arrayBuffer().catch(() => undefined);
  if (!bytes) return { why: 'cannot be read' };
  if (isPdf) return pdf(bytes, opening);
  const text = decoded(bytes);
  // A zero character is in no text, and in nearly every other kind of file.
  if (text.includes('\0')) return { why: 'not text' };
  const records = textRecords(path, text);
  return records.length > 0 ? { records } : { why: 'empty' };
}

async function pdf(
  bytes: ArrayBuffer,
  { signal, report }: Opening,
): Promise<Pick<FileText, 'records'> | Pick<Left, 'why'>> {
  // Without its reader, it is not the file that is at fault.
  const { isLocked, pdfRecords } = await import('./pdf').catch(() => {
    throw new PageError(
      'network',
      'The reader of PDFs could not be downloaded. Try again once there is a network.',
    );
  });
  try {
    const records = await pdfRecords(bytes, (page, pages) => {
      signal.throwIfAborted();
      report(`, page ${page} of ${pages}`, (page - 1) / pages);
    });
    return records.length > 0 ? { records } : { why: 'pictures of pages, without text' };
  } catch (error) {
    signal.throwIfAborted();
    return { why: isLocked(error) ? 'locked by a password' : 'cannot be read' };
  }
}

/** UTF-8, or what Windows wrote before it: UTF-16 with its mark, or a byte for each character. */
function decoded(bytes: ArrayBuffer): string {
  const [first, second] = new Uint8Array(bytes);
  const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const encoding = isWide ? (first === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
