/** A text as it comes from a file, a folder or the clipboard. */
export interface Text {
  /** Its path in what was dropped, or its first words. */
  readonly id: string;
  readonly text: string;
}

/** A file as it was given; without its content where the browser can't get at it. */
export interface Found {
  readonly path: string;
  readonly file: File | undefined;
}

/** Something that was not read, and why. */
export interface Left {
  readonly path: string;
  readonly why: 'no text' | 'too large' | 'empty' | 'can’t be read';
}

/** What became of what was given. */
export interface Given {
  readonly texts: Text[];
  readonly left: Left[];
}

const TEXT = /\.(txt|text|md|markdown|mdx|rst|adoc|org|tex|csv|tsv|log|json|ya?ml|html?|srt|vtt)$/i;
/** Larger than any book; what is beyond is a dump of data, and would take minutes. */
const MOST_BYTES = 8e6;

/** Reads those of the files that are text; tells which ones were left out. */
export async function readFiles(files: Iterable<Found>): Promise<Given> {
  const given: Given = { texts: [], left: [] };
  for (const { path, file } of files) {
    const read = await textOf(path, file);
    if ('text' in read) given.texts.push({ id: path, text: read.text });
    else given.left.push({ path, why: read.why });
  }
  return given;
}

async function textOf(path: string, file: File | undefined): Promise<{ text: string } | Pick<Left, 'why'>> {
  if (!file) return { why: 'can’t be read' };
  if (file.size === 0) return { why: 'empty' };
  if (!TEXT.test(path) && !file.type.startsWith('text/')) return { why: 'no text' };
  if (file.size > MOST_BYTES) return { why: 'too large' };
  // It may be gone by now, or not be for everybody.
  const bytes = await file.arrayBuffer().catch(() => undefined);
  if (!bytes) return { why: 'can’t be read' };
  const text = decoded(bytes);
  // A zero character is in no text, and in nearly every other kind of file.
  if (text.includes('\0')) return { why: 'no text' };
  return text.trim() ? { text } : { why: 'empty' };
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

/** Those of a folder, or a file itself; what can't be opened stands for itself. */
async function filesIn(entry: FileSystemEntry): Promise<Found[]> {
  const path = entry.fullPath.replace(/^\//, '');
  try {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      );
      return [{ path, file }];
    }
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

/** Such as .git and what is in it. */
function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.'));
}
