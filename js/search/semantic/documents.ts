import { describe } from '../../shared/describe.js';
import { sha256 } from '../../shared/sha256.js';
import { keptMetadata } from '../index/checks.js';
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
  const hint = typeof documents === 'string' ? '; for one text, write add([text])' : '';
  throw new TypeError(`add takes an array of documents, not ${describe(documents)}${hint}`);
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
    throw new TypeError(
      `${name} is a string or an object with \`id\` and \`text\`, not ${describe(document)}`,
    );
  }
  const { id, text, title, metadata } = document as Partial<Record<keyof SearchDocument, unknown>>;
  if (typeof id !== 'string') throw new TypeError(`${name}.id is a string, not ${describe(id)}`);
  if (typeof text !== 'string') throw new TypeError(`${name}.text is a string, not ${describe(text)}`);
  if (title !== undefined && typeof title !== 'string') {
    throw new TypeError(`${name}.title is a string, not ${describe(title)}`);
  }
  return { id, text, title, metadata: keptMetadata(`${name}.metadata`, metadata) };
}
