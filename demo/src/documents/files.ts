import { textRecords } from './formats';
import type { FileText } from './library';

/** A file as it was given; without its content where the browser cannot get at it. */
export interface Found {
  readonly path: string;
  readonly file: File | undefined;
}

/** Something that was not read, and why. */
export interface Left {
  readonly path: string;
  readonly why: 'not text' | 'too large' | 'empty' | 'cannot be read';
}

/** What became of what was given. */
export interface Given {
  readonly texts: FileText[];
  readonly left: Left[];
  /** Folders of programs rather than people, which were skipped. */
  readonly skipped: Set<string>;
}

const TEXT = /\.(txt|text|md|markdown|mdx|rst|adoc|org|tex|csv|tsv|log|json|ya?ml|x?html?|srt|vtt)$/i;
const PDF = /\.pdf$/i;
/** Larger than any book; what is beyond is a dump of data, and would take minutes. */
const MOST_BYTES = 8e6;
/** A scanned book; its text is a small part of it. */
const MOST_PDF_BYTES = 100e6;
/** What package managers and version control keep, which nobody has written. */
const PROGRAMS = /^(?:node_modules|bower_components|vendor|__pycache__|venv|target|dist|build)$/;

export function given(texts: FileText[] = []): Given {
  return { texts, left: [], skipped: new Set() };
}

/** Reads those of the files that have text in them; tells which ones were left out. */
export async function readFiles(files: Iterable<Found>): Promise<Given> {
  const result = given();
  for (const { path, file } of files) {
    const folder = programs(path.split('/').slice(0, -1));
    if (folder) {
      result.skipped.add(folder);
      continue;
    }
    const read = await recordsOf(path, file);
    if ('records' in read) result.texts.push({ name: path, records: read.records });
    else result.left.push({ path, why: read.why });
  }
  return result;
}

async function recordsOf(
  path: string,
  file: File | undefined,
): Promise<Pick<FileText, 'records'> | Pick<Left, 'why'>> {
  if (!file) return { why: 'cannot be read' };
  if (file.size === 0) return { why: 'empty' };
  const isPdf = PDF.test(path) || file.type === 'application/pdf';
  if (!isPdf && !TEXT.test(path) && !file.type.startsWith('text/')) return { why: 'not text' };
  if (file.size > (isPdf ? MOST_PDF_BYTES : MOST_BYTES)) return { why: 'too large' };
  // It may be gone by now, or not be for everybody.
  const bytes = await file.arrayBuffer().catch(() => undefined);
  if (!bytes) return { why: 'cannot be read' };
  if (isPdf) return pdf(bytes);
  const text = decoded(bytes);
  // A zero character is in no text, and in nearly every other kind of file.
  if (text.includes('\0')) return { why: 'not text' };
  const records = textRecords(path, text);
  return records.length > 0 ? { records } : { why: 'empty' };
}

async function pdf(bytes: ArrayBuffer): Promise<Pick<FileText, 'records'> | Pick<Left, 'why'>> {
  try {
    const { pdfRecords } = await import('./pdf');
    const records = await pdfRecords(bytes);
    // Pictures of pages have no text.
    return records.length > 0 ? { records } : { why: 'not text' };
  } catch {
    return { why: 'cannot be read' };
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

/** The files of a file input; a folder's come with their paths in it. */
export function filesOf(input: HTMLInputElement): Found[] {
  return [...(input.files ?? [])]
    .map((file) => ({ path: file.webkitRelativePath || file.name, file }))
    .filter(({ path }) => !isHidden(path));
}

/** All files of a drop, those inside folders too. */
export async function filesDropped({ items }: DataTransfer): Promise<Found[]> {
  // The list is empty after the event, so all is taken from it at once. Some programs give files
  // that are no entries of a file system.
  const found = [...items]
    .filter(({ kind }) => kind === 'file')
    .map((item) => [item.webkitGetAsEntry(), item.getAsFile()] as const)
    .map(async ([entry, file]) => (entry ? filesIn(entry) : file ? [{ path: file.name, file }] : []));
  return (await Promise.all(found)).flat().filter(({ path }) => !isHidden(path));
}

/** Those of a folder, or a file itself; what cannot be opened stands for itself. */
async function filesIn(entry: FileSystemEntry): Promise<Found[]> {
  const path = entry.fullPath.replace(/^\//, '');
  try {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      );
      return [{ path, file }];
    }
    // There may be a hundred thousand files in it; its name is enough to say that it was skipped.
    if (programs(path.split('/'))) return [{ path: `${path}/`, file: undefined }];
    const children = await childrenOf(entry as FileSystemDirectoryEntry);
    return (await Promise.all(children.map(filesIn))).flat();
  } catch {
    return [{ path, file: undefined }];
  }
}

async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const children: FileSystemEntry[] = [];
  // It gives a hundred at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return children;
    children.push(...some);
  }
}

/** The first of these folders that people don't write; the outermost was chosen, so it is wanted. */
function programs(folders: readonly string[]): string | undefined {
  return folders.slice(1).find((folder) => PROGRAMS.test(folder));
}

/** Such as .DS_Store, or what is in .git. */
function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.'));
}
