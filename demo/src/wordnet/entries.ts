/** A synset of WordNet. */
export interface Entry {
  readonly words: readonly string[];
  readonly definition: string;
  /** Its lexicographer file, such as `noun.feeling`. */
  readonly field: string;
}

/** Entries as bytes, which move to another thread without being copied or read there. */
export interface PackedEntries {
  /** Each entry as JSON in UTF-8, one after the other. */
  readonly text: Uint8Array<ArrayBuffer>;
  /** Where each ends. */
  readonly ends: Uint32Array<ArrayBuffer>;
}

export function packed(entries: readonly Entry[]): PackedEntries {
  const encoder = new TextEncoder();
  const parts = entries.map((entry) => encoder.encode(JSON.stringify(entry)));
  const ends = new Uint32Array(parts.length);
  let end = 0;
  for (const [i, { length }] of parts.entries()) ends[i] = end += length;
  const text = new Uint8Array(end);
  for (const [i, part] of parts.entries()) text.set(part, ends[i]! - part.length);
  return { text, ends };
}

/** One entry; reading all of them beforehand would hold up the page. */
export function unpacked({ text, ends }: PackedEntries, index: number): Entry {
  const bytes = text.subarray(ends[index - 1] ?? 0, ends[index]);
  return JSON.parse(new TextDecoder().decode(bytes)) as Entry;
}
