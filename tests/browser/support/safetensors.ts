import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixtures } from './paths';

/** One entry of a safetensors header. */
export interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

export type Header = Record<string, Entry>;

/** A tiny checkpoint of tests/fixtures, taken apart so that a test can break one thing in it. */
export class TinyCheckpoint {
  readonly header: Header;
  readonly data: Buffer;
  readonly config: string;
  readonly tokenizer: string;
  readonly expected: { maxLength: number; cases: { text: string; ids: number[]; pooled: number[] }[] };

  constructor(name = 'tiny-bert-f32') {
    const text = (file: string) => readFileSync(join(fixtures, name, file), 'utf8');
    const file = readFileSync(join(fixtures, name, 'model.safetensors'));
    const length = Number(file.readBigUInt64LE());
    const { __metadata__: _, ...header } = JSON.parse(file.toString('utf8', 8, 8 + length));
    this.header = header;
    this.data = file.subarray(8 + length);
    this.config = text('config.json');
    this.tokenizer = text('tokenizer.json');
    this.expected = JSON.parse(text('expected.json'));
  }

  /** The file, whole. */
  bytes(): Buffer {
    return assemble(this.header, this.data);
  }

  /** The file without one tensor; what is left lies gapless. */
  without(name: string): Buffer {
    return this.rebuilt((tensor, bytes) =>
      tensor === name ? undefined : { ...this.header[tensor]!, bytes },
    );
  }

  /** The file with one tensor's entry or bytes changed. */
  with(name: string, change: (entry: Entry, bytes: Buffer) => Partial<Entry> & { bytes?: Buffer }): Buffer {
    return this.rebuilt((tensor, bytes) => {
      const entry = this.header[tensor]!;
      return { ...entry, bytes, ...(tensor === name && change(entry, bytes)) };
    });
  }

  private rebuilt(each: (name: string, bytes: Buffer) => (Entry & { bytes: Buffer }) | undefined): Buffer {
    const header: Header = {};
    const parts: Buffer[] = [];
    let offset = 0;
    for (const [name, entry] of Object.entries(this.header)) {
      const tensor = each(name, Buffer.from(this.data.subarray(...entry.data_offsets)));
      if (!tensor) continue;
      const { bytes, dtype, shape } = tensor;
      header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
      offset += bytes.length;
      parts.push(bytes);
    }
    return assemble(header, Buffer.concat(parts));
  }
}

/** A safetensors file from its two parts. */
export function assemble(header: object | string, data: Buffer): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}
