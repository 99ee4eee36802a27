import type { EdgeBertErrorCode } from 'edgebert';
import type { Part } from '../loading';
import type { PackedEntries } from './entries';

/** An entry, and the cosine of its definition and the query. */
export interface Hit {
  /** The entry's number in the collection. */
  readonly index: number;
  readonly score: number;
  /** Whether the query is one of the entry's own words. */
  readonly isExact?: boolean;
}

/** Page to worker: first the address of the index file, then what to find in it. */
export type Request =
  | { readonly url: string }
  | { readonly id: number; readonly near: Float32Array; readonly topK: number }
  | { readonly id: number; readonly named: string };

/** The words are there. */
export interface Loaded {
  readonly entries: PackedEntries;
  /** Size of the index file. */
  readonly bytes: number;
}

/** Why they are not, in words for the person at the page. */
export interface Failure {
  readonly code: EdgeBertErrorCode;
  readonly message: string;
}

/** Worker to page. */
export type Reply =
  | { readonly progress: Part }
  | { readonly loaded: Loaded }
  /** The next visit finds the words in this browser, if there is room for them. */
  | { readonly kept: true }
  | { readonly failed: Failure }
  | { readonly id: number; readonly found: readonly Hit[] };
