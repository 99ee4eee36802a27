import { checkFields, wrongType } from '../../shared/checks.js';
import { describe } from '../../shared/describe.js';
import { sha256 } from '../../shared/sha256.js';
import { checkVector, copyMetadata } from '../index/checks.js';
import type { Metadata } from '../index/types.js';
import type { SearchDocument } from './types.js';

const FIELDS: (keyof SearchDocument)[] = ['id', 'text', 'title', 'metadata', 'vector', 'passages'];

/** A passage whose vector is ready, from `start` on in the document's text. */
export interface ReadyPassage {
  readonly start: number;
  readonly vector: Float32Array;
}

/** A document as it is stored. */
export interface StoredDocument {
  readonly id: string;
  readonly text: string;
  readonly title: string | undefined;
  readonly metadata: Metadata | undefined;
}

/** A document that was given; with ready vectors, nothing of it is encoded. */
export interface NewDocument extends StoredDocument {
  readonly ready?: readonly ReadyPassage[] | undefined;
}

/** One that may have to be given its id. */
export type GivenDocument = Omit<NewDocument, 'id'> & { readonly id: string | undefined };

/**
 * Copies of documents, checked.
 *
 * @param dimension of ready vectors
 * @throws TypeError for what is not a document; RangeError for a ready vector that does not fit
 */
export function checkedDocuments(documents: unknown, dimension: number): GivenDocument[] {
  if (Array.isArray(documents)) {
    return documents.map((document: unknown, i) => checkedDocument(document, `documents[${i}]`, dimension));
  }
  const hint = typeof documents === 'string' ? '. For one text, write add([text])' : '';
  throw new TypeError(`add takes an array of documents (received ${describe(documents)})${hint}`);
}

/** A document without an id gets the SHA-256 of its text, so that the same text is never there twice. */
export function named(documents: readonly GivenDocument[]): Promise<NewDocument[]> {
  return Promise.all(
    documents.map(async (document) => ({
      ...document,
      id: document.id ?? (await sha256(new TextEncoder().encode(document.text))),
    })),
  );
}

function checkedDocument(document: unknown, name: string, dimension: number): GivenDocument {
  if (typeof document === 'string') {
    return { id: undefined, text: document, title: undefined, metadata: undefined };
  }
  if (typeof document !== 'object' || document === null) {
    wrongType(name, 'a string or an object with `id` and `text`', document);
  }
  const given = document as Partial<Record<keyof SearchDocument, unknown>>;
  checkFields(name, document, FIELDS, ' Fields of your own go into `metadata`.');
  const { id, text, title, metadata } = given;
  if (typeof id !== 'string') wrongType(`${name}.id`, 'a string', id);
  if (typeof text !== 'string') wrongType(`${name}.text`, 'a string', text);
  if (title !== undefined && typeof title !== 'string') wrongType(`${name}.title`, 'a string', title);
  const ready = readyPassages(given, text, name, dimension);
  return { id, text, title, metadata: copyMetadata(`${name}.metadata`, metadata), ...(ready && { ready }) };
}

function readyPassages(
  { vector, passages }: Partial<Record<keyof SearchDocument, unknown>>,
  text: string,
  name: string,
  dimension: number,
): ReadyPassage[] | undefined {
  if (vector !== undefined) {
    if (passages !== undefined) throw new TypeError(`${name} has both \`vector\` and \`passages\``);
    return [{ start: 0, vector: readyVector(vector, `${name}.vector`, dimension) }];
  }
  if (passages === undefined) return undefined;
  if (!Array.isArray(passages) || passages.length === 0) {
    wrongType(`${name}.passages`, 'a non-empty array of objects with `start` and `vector`', passages);
  }
  return passages.map((passage: unknown, i) => {
    const own = `${name}.passages[${i}]`;
    const { start, vector: numbers } = Object(passage) as { start?: unknown; vector?: unknown };
    if (typeof start !== 'number') wrongType(`${own}.start`, 'a number', start);
    const before = i === 0 ? -1 : (passages[i - 1] as { start: number }).start;
    if (!Number.isInteger(start) || start <= before || start > text.length) {
      const expected = `an integer above ${before} and at most ${text.length}, the length of the text`;
      throw new RangeError(`${own}.start must be ${expected} (received ${start})`);
    }
    // What stands before the first passage is part of it: passages cover the text without a gap.
    return { start: i === 0 ? 0 : start, vector: readyVector(numbers, `${own}.vector`, dimension) };
  });
}

function readyVector(vector: unknown, name: string, dimension: number): Float32Array {
  checkVector(vector, dimension, name);
  return Float32Array.from(vector);
}
