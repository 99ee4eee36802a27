import { EdgeBertError } from '../shared/errors.js';

import { headerFields, headerLength } from './safetensors.js';
import type { Bytes } from '../shared/types.js';

/** A file that is read from front to back, in pieces of any length. */
export interface SequentialFile {
  readonly url: string;
  /** Bytes received from the network so far. */
  readonly received: number;
  read(length: number, spent?: Bytes): Promise<Bytes>;
  /** Throws if the file has more bytes than were read. */
  expectEnd(): Promise<void>;
  /** Continues at `offset`. */
  seek(offset: number): void;
  /** Returns to `offset`, bypassing any HTTP cache that may have sent wrong bytes. */
  reread(offset: number): void;
  close(): void;
}

/** One of the files that a model's weights are in. */
export interface WeightsPart {
  /** Prefix of its tensors' names: empty, or the folder of a module and a slash. */
  readonly prefix: string;
  readonly file: SequentialFile;
  /** Set to the position of the file's first byte in the whole, as if its header were part of it. */
  readonly place?: { offset: number };
  /** A better error for a file that can't be read. */
  readonly explain?: (error: unknown) => Promise<unknown>;
}

interface OpenedPart extends WeightsPart {
  /** Where its data begins in the file, and where it begins and ends in the whole. */
  readonly headerBytes: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Several safetensors files as one: the shards of a checkpoint, and the weights of modules after
 * the encoder. Its header lists the tensors of all files; their data follows, file by file, so that
 * whatever reads or caches a model handles a single file.
 */
export class JoinedFile implements SequentialFile {
  readonly #parts: readonly WeightsPart[];
  #header: Bytes | undefined;
  #opened: OpenedPart[] = [];
  #position = 0;
  /** The part currently being read. */
  #current: OpenedPart | undefined;

  constructor(parts: readonly WeightsPart[]) {
    this.#parts = parts;
  }

  get url(): string {
    return this.#parts.map(({ file }) => file.url).join(' with ');
  }

  get received(): number {
    return this.#parts.reduce((sum, { file }) => sum + file.received, 0);
  }

  async read(length: number, spent?: Bytes): Promise<Bytes> {
    const header = (this.#header ??= await this.#join());
    const bytes = spent?.length === length ? spent : new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      if (this.#position < header.length) {
        const taken = header.subarray(this.#position, this.#position + length - filled);
        bytes.set(taken, filled);
        filled += taken.length;
        this.#position += taken.length;
        continue;
      }
      const part = await this.#partAt(this.#position);
      const wanted = Math.min(length - filled, part.end - this.#position);
      bytes.set(await part.file.read(wanted), filled);
      filled += wanted;
      this.#position += wanted;
    }
    return bytes;
  }

  async expectEnd(): Promise<void> {
    await this.#current?.file.expectEnd();
  }

  seek(offset: number): void {
    this.close();
    this.#position = offset;
  }

  reread(offset: number): void {
    this.#parts.forEach(({ file }) => file.reread(0));
    this.seek(offset);
  }

  close(): void {
    this.#parts.forEach(({ file }) => file.close());
    this.#current = undefined;
  }

  async #partAt(position: number): Promise<OpenedPart> {
    const part = this.#opened.find(({ start, end }) => start <= position && position < end);
    if (!part) {
      throw new EdgeBertError('format', `${this.url} end at byte ${position}, before their last tensor`);
    }
    if (part !== this.#current) {
      // The one before was read to its end.
      if (this.#current) await this.#current.file.expectEnd();
      this.#current?.file.close();
      part.file.seek(part.headerBytes + position - part.start);
      this.#current = part;
    }
    return part;
  }

  async #join(): Promise<Bytes> {
    const tensors = new Map<string, object>();
    const lengths: { headerBytes: number; dataBytes: number }[] = [];
    let offset = 0;
    for (const { prefix, file, explain } of this.#parts) {
      const start = await file.read(8).catch(async (error: unknown) => {
        throw explain ? await explain(error) : error;
      });
      const length = headerLength(start, file.url);
      const header = headerFields(await file.read(length), file.url);
      file.close();
      for (const [name, entry] of Object.entries(header.tensors)) {
        if (tensors.has(prefix + name)) {
          throw new EdgeBertError('format', `${file.url}: tensor \`${name}\` is in another file as well`);
        }
        const [start, end] = entry.data_offsets;
        tensors.set(prefix + name, { ...entry, data_offsets: [offset + start, offset + end] });
      }
      offset += header.dataBytes;
      lengths.push({ headerBytes: 8 + length, dataBytes: header.dataBytes });
    }
    const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(tensors)));
    const bytes = new Uint8Array(8 + json.length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
    bytes.set(json, 8);
    let start = bytes.length;
    this.#opened = this.#parts.map((part, at) => {
      const { headerBytes, dataBytes } = lengths[at]!;
      const opened = { ...part, headerBytes, start, end: start + dataBytes };
      if (part.place) part.place.offset = start - headerBytes;
      start = opened.end;
      return opened;
    });
    return bytes;
  }
}
