/** A file as it was given; without its content where the browser cannot get at it. */
export interface Found {
  readonly path: string;
  readonly file: File | undefined;
}

/** What package managers and version control keep, which nobody has written. */
const PROGRAMS = /^(?:node_modules|bower_components|vendor|__pycache__|venv|target|dist|build)$/;

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
export function programs(folders: readonly string[]): string | undefined {
  return folders.slice(1).find((folder) => PROGRAMS.test(folder));
}

/** Such as .DS_Store, or what is in .git. */
function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.'));
}
