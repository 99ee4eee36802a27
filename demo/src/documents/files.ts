/** A text as it comes from a file, a folder or the clipboard. */
export interface Text {
  /** Its path in what was dropped, or its first words. */
  readonly id: string;
  readonly text: string;
}

/** What became of the files: some are none that can be read as text. */
export interface Given {
  readonly texts: Text[];
  readonly left: string[];
}

const TEXT = /\.(txt|text|md|markdown|mdx|rst|adoc|org|tex|csv|tsv|log|json|ya?ml|html?|srt|vtt)$/i;
/** Larger than any book; what is beyond is a dump of data, and would take minutes. */
const MOST_BYTES = 8e6;

/** Reads those of the files that are text; tells which ones were left out. */
export async function readFiles(files: Iterable<{ path: string; file: File }>): Promise<Given> {
  const given: Given = { texts: [], left: [] };
  for (const { path, file } of files) {
    const text = isText(path, file) ? decoded(await file.arrayBuffer()) : '';
    // A zero character is in no text, and in nearly every other kind of file.
    if (text.trim() && !text.includes('\0')) given.texts.push({ id: path, text });
    else given.left.push(path);
  }
  return given;
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
export function filesOf(input: HTMLInputElement): { path: string; file: File }[] {
  return [...(input.files ?? [])]
    .map((file) => ({ path: file.webkitRelativePath || file.name, file }))
    .filter(({ path }) => !isHidden(path));
}

/** All files of a drop, those inside folders too. */
export async function filesDropped({ items }: DataTransfer): Promise<{ path: string; file: File }[]> {
  // The list is empty after the event, so all is taken from it at once. Some programs give files
  // that are no entries of a file system.
  const found = [...items]
    .filter(({ kind }) => kind === 'file')
    .map((item) => [item.webkitGetAsEntry(), item.getAsFile()] as const)
    .map(async ([entry, file]) => (entry ? filesIn(entry) : file ? [{ path: file.name, file }] : []));
  return (await Promise.all(found)).flat().filter(({ path }) => !isHidden(path));
}

async function filesIn(entry: FileSystemEntry): Promise<{ path: string; file: File }[]> {
  const path = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ path, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const children: FileSystemEntry[] = [];
  // It gives a hundred at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    children.push(...some);
  }
  return (await Promise.all(children.map(filesIn))).flat();
}

function isText(path: string, { size, type }: File): boolean {
  return size <= MOST_BYTES && (TEXT.test(path) || type.startsWith('text/'));
}

/** Such as .git and what is in it. */
function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.'));
}
