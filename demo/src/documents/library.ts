import { SemanticSearch, type AddProgress, type SearchDocument, type WorkerModel } from 'edgebert';
import type { Record } from './formats';

/** What the browser keeps the files under. */
const NAME = 'edgebert-demo';
/** The other tabs of this page listen here. */
const CHANNEL = 'edgebert-demo-files';
/** So many characters are added at once. */
const GROUP = 8_000;
/** A text of so many characters may be more than one passage. */
const SHORT = 600;

/** A file, read: its name and what is in it. */
export interface FileText {
  readonly name: string;
  readonly records: readonly Record[];
}

/** A file on the page's list. */
export interface KeptFile {
  readonly name: string;
  readonly words: number;
  /** How many of its records there are, and how many belong to it. */
  readonly records: number;
  readonly of: number;
  readonly documents: readonly SearchDocument[];
}

/** How far reading has come. */
export interface Reading {
  readonly fraction: number;
  /** Passages that are encoded, and all of them. */
  readonly done: number;
  readonly total: number;
}

/**
 * The files of the person: kept in this browser, changed in one tab at a time, and shown alike in all
 * of them.
 */
export class Library {
  /** Called when another tab has changed the files. */
  onChange: () => void = () => {};
  readonly #model: WorkerModel;
  readonly #channel = new BroadcastChannel(CHANNEL);
  #search: SemanticSearch;

  private constructor(model: WorkerModel, search: SemanticSearch) {
    this.#model = model;
    this.#search = search;
    this.#channel.addEventListener('message', () => void this.#reopen());
  }

  /** @throws EdgeBertError `format` where what is kept is damaged */
  static async open(model: WorkerModel): Promise<Library> {
    return new Library(model, await openSearch(model));
  }

  /** Deletes all that is kept, such as when it cannot be read. */
  static async delete(): Promise<void> {
    await SemanticSearch.delete(NAME).catch(() => {});
  }

  get search(): SemanticSearch {
    return this.#search;
  }

  /** The files, in the order in which they came. */
  files(): KeptFile[] {
    const files = new Map<string, SearchDocument[]>();
    for (const document of this.#search.documents()) {
      const name = fileOf(document);
      const known = files.get(name);
      if (known) known.push(document);
      else files.set(name, [document]);
    }
    return [...files].map(([name, documents]) => ({
      name,
      documents,
      records: documents.length,
      of: Math.max(documents.length, Number(documents[0]!.metadata?.['of'] ?? 1)),
      words: documents.reduce((sum, { text }) => sum + text.split(/\s+/).filter(Boolean).length, 0),
    }));
  }

  /** Whether a file of this name has the same text. */
  has({ name, records }: FileText): boolean {
    return records.every((record, i) => this.#search.get(idOf(name, i))?.text === record.text);
  }

  /** Whether there is a file of this name. */
  isTaken(name: string): boolean {
    return this.#search.has(idOf(name, 0));
  }

  /**
   * Reads files, instead of those of the same names. What was read before an abort stays, and the same call
   * goes on from there.
   *
   * @returns how many files replaced others
   */
  async add(
    files: readonly FileText[],
    onProgress: (reading: Reading) => void,
    signal: AbortSignal,
  ): Promise<number> {
    const replaced = files.filter((file) => this.isTaken(file.name) && !this.has(file)).length;
    try {
      await this.#addAll(files.flatMap(documentsOf), onProgress, signal);
      await this.#dropRest(files);
    } finally {
      this.#tell();
    }
    return replaced;
  }

  /** Takes files back that were removed; as with `add`, an abort leaves what was read before. */
  async restore(
    files: readonly KeptFile[],
    onProgress: (reading: Reading) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const documents = files.flatMap(({ documents }) => documents);
    await this.#addAll(documents, onProgress, signal).finally(() => this.#tell());
  }

  async #addAll(
    documents: readonly SearchDocument[],
    onProgress: (reading: Reading) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const total = await this.#passages(documents, signal);
    const all = charactersOf(documents);
    let before = 0;
    for (const group of groupsOf(documents)) {
      const characters = charactersOf(group);
      const report = ({ fraction: share }: AddProgress) => {
        const fraction = all === 0 ? 1 : (before + share * characters) / all;
        onProgress({ fraction, total, done: Math.round(fraction * total) });
      };
      await this.#search.add(group, { signal, onProgress: report });
      before += characters;
    }
  }

  async remove({ documents }: KeptFile): Promise<void> {
    await this.#search.remove(documents.map(({ id }) => id));
    this.#tell();
  }

  async clear(): Promise<void> {
    await this.#search.clear();
    this.#tell();
  }

  async close(): Promise<void> {
    this.#channel.close();
    await this.#search.close();
  }

  /** What is left of a longer file of the same name. */
  async #dropRest(files: readonly FileText[]): Promise<void> {
    const lengths = new Map(files.map(({ name, records }) => [name, records.length]));
    const rest = this.#search
      .documents()
      .filter(
        (document) =>
          Number(document.metadata?.['record'] ?? 0) >= (lengths.get(fileOf(document)) ?? Infinity),
      );
    if (rest.length > 0) await this.#search.remove(rest.map(({ id }) => id));
  }

  async #passages(documents: readonly SearchDocument[], signal: AbortSignal): Promise<number> {
    let passages = 0;
    for (const { text } of documents) {
      signal.throwIfAborted();
      passages += text.length > SHORT ? (await this.#model.chunk(text)).length : 1;
    }
    return passages;
  }

  #tell(): void {
    this.#channel.postMessage('changed');
  }

  /** Reads what another tab has written. */
  async #reopen(): Promise<void> {
    const search = await openSearch(this.#model).catch(() => undefined);
    if (!search) return;
    const old = this.#search;
    this.#search = search;
    this.onChange();
    await old.close();
  }
}

function openSearch(model: WorkerModel): Promise<SemanticSearch> {
  // A page that comes with another model reads its texts again rather than refuse them.
  return SemanticSearch.open(NAME, { model, rebuild: true });
}

function charactersOf(documents: readonly SearchDocument[]): number {
  return documents.reduce((sum, { text }) => sum + text.length, 0);
}

/** What is added at once is lost at once when somebody stops: some ten passages, or one record. */
function* groupsOf(documents: readonly SearchDocument[]): Generator<SearchDocument[]> {
  let group: SearchDocument[] = [];
  for (const document of documents) {
    if (group.length > 0 && charactersOf(group) + document.text.length > GROUP) {
      yield group;
      group = [];
    }
    group.push(document);
  }
  if (group.length > 0) yield group;
}

/** The records of a file as documents of their own, which remember where they belong. */
function documentsOf({ name, records }: FileText): SearchDocument[] {
  return records.map(({ text, place }, record) => ({
    id: idOf(name, record),
    text,
    metadata: { file: name, record, of: records.length, ...(place !== undefined && { place }) },
  }));
}

function idOf(name: string, record: number): string {
  return record === 0 ? name : `${name} #${record + 1}`;
}

/** The file that a document is from; those of earlier versions of this page are files themselves. */
export function fileOf({ id, metadata }: Pick<SearchDocument, 'id' | 'metadata'>): string {
  return String(metadata?.['file'] ?? id);
}
