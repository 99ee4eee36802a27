import type { EdgeBertErrorCode } from '../shared/errors.js';
import type { EngineInfo, TokensWithOffsets } from '../engine/types.js';
import type { Bytes, NamedText, Precision } from '../shared/types.js';

/** What a page asks of its worker: each call's name, with what goes in and what comes back. */
export interface Calls {
  /**
   * First of all, where there are Web Locks: the name of one that the worker holds for life, if it
   * can; the answer says whether it does.
   */
  hold: { in: { lock: string }; out: boolean };
  /** Once: the compiled engine. */
  start: { in: { module: WebAssembly.Module; precision: Precision }; out: void };
  /** The five steps of a model's way in; see ModelSink. */
  begin: { in: { files: NamedText[] }; out: void };
  push: { in: { piece: Bytes }; out: void };
  finish: { in: object; out: EngineInfo };
  exportPiece: { in: object; out: Bytes | undefined };
  exportHeader: { in: { hashes: string[] }; out: Bytes };
  /** Sets the longest text, in word pieces. */
  limit: { in: { maxLength: number }; out: void };
  /** The loaded model's work; of each vector, the first `dimension` numbers. */
  encode: {
    in: { texts: string[]; normalize: boolean; prompt: string; dimension: number };
    out: Float32Array<ArrayBuffer>;
  };
  /** A score for each document and label. */
  score: { in: { query: string; documents: string[] }; out: Float32Array<ArrayBuffer> };
  tokenize: { in: { text: string }; out: Uint32Array<ArrayBuffer> };
  countTokens: { in: { text: string }; out: number };
  tokenizeWithOffsets: { in: { text: string }; out: TokensWithOffsets };
  /** Starts and ends, one after the other. */
  chunk: {
    in: { text: string; maxTokens: number; overlap: number };
    out: Uint32Array<ArrayBuffer>;
  };
}

export type CallName = keyof Calls;

/** Page to worker. */
export type Request = {
  [Name in CallName]: { readonly id: number; readonly call: Name } & Readonly<Calls[Name]['in']>;
}[CallName];

/** Worker to page: one for each request, in the order of the requests. */
export type Reply =
  | { readonly id: number; readonly value: Calls[CallName]['out'] }
  | { readonly id: number; readonly error: WireError };

/** An error on its way between threads, which would lose its class and its code. */
export interface WireError {
  /** Undefined for what is not an EdgeBertError. */
  readonly code: EdgeBertErrorCode | undefined;
  readonly name: string;
  readonly message: string;
  /** Whether the engine trapped: nothing that it holds can be relied on any more. */
  readonly trapped: boolean;
}
