import { wrongType } from '../../shared/checks.js';
import { describe } from '../../shared/describe.js';
import { sha256 } from '../../shared/sha256.js';
import { copyMetadata } from '../index/checks.js';
import type { SearchDocument } from './types.js';

/** A document that may have to be given its id. */
export type GivenDocument = Omit<SearchDocument, 'id'> & { readonly id: string | undefined };

/**
 * Copies of documents, checked.
 *
 * @throws TypeError for what is no document.
 */
export function checkedDocuments(documents: unknown): GivenDocument[] {
  if (Array.isArray(documents)) {
    return documents.map((document: unknown, i) => checkedDocument(document, `documents[${i}]`));
  }
  const hint = typeof documents === 'string' ? '. For one text, write add([text])' : '';
  throw new TypeError(`add takes an array of documents (received ${describe(documents)})${hint}`);
}

/** A document without an id gets the SHA-256 of its text, so that the same text is never there twice. */
export function named(documents: readonly GivenDocument[]): Promise<SearchDocument[]> {
  return Promise.all(
    documents.map(async (document) => ({
      ...document,
      id: document.id ?? (await sha256(new TextEncoder().encode(document.text))),
    })),
  );
}

function checkedDocument(document: unknown, name: string): GivenDocument {
  if (typeof document === 'string') return { id: undefined, text: document };
  if (typeof document !== 'object' || document === null) {
    wrongType(name, 'a string or an object with `id` and `text`', document);
  }
  const { id, text, title, metadata } = document as Partial<Record<keyof SearchDocument, unknown>>;
  if (typeof id !== 'string') wrongType(`${name}.id`, 'a string', id);
  if (typeof text !== 'string') wrongType(`${name}.text`, 'a string', text);
  if (title !== undefined && typeof title !== 'string') wrongType(`${name}.title`, 'a string', title);
  return { id, text, title, metadata: copyMetadata(`${name}.metadata`, metadata) };
}
