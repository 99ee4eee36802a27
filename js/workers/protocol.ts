import type { EdgeBertErrorCode } from '../shared/errors.js';
import type {
  CalibrationPlace,
  EncodeSettings,
  EngineInfo,
  EngineOutline,
  TextSpan,
  TokensWithOffsets,
} from '../engine/types.js';
import type { Bytes, KernelChoice, KernelFinding, NamedText, Precision } from '../shared/types.js';
import type { Trial } from '../webgpu/types.js';

/** One or more numbers for each text. */
export interface Answer {
  readonly numbers: Float32Array;
  /** How many of the texts were truncated. */
  readonly truncated: number;
  /** How many tokens the texts had, without what was truncated. */
  readonly tokens: number;
}

/** What a page asks of its worker: each call's name, with what goes in and what comes back. */
export interface Calls {
  /**
   * First of all, where there are Web Locks: the name of one that the worker holds for life, if it
   * can; the answer says whether it does.
   */
  hold: { in: { lock: string }; out: boolean };
  /** Once: the compiled engine. */
  start: { in: { module: WebAssembly.Module; precision: Precision; kernel: KernelChoice }; out: void };
  /** The steps of loading a model; see ModelSink. */
  begin: {
    in: { files: NamedText[]; remembered: KernelFinding | undefined };
    out: KernelFinding | undefined;
  };
  push: { in: { piece: Bytes; checksum: number | undefined }; out: void };
  outline: { in: object; out: EngineOutline | undefined };
  /** Sets the longest text, in tokens, once there is an outline. */
  limit: { in: { maxLength: number }; out: void };
  finish: { in: object; out: EngineInfo };
  calibrate: {
    in: { original: readonly Bytes[]; place: CalibrationPlace };
    out: { done: boolean; info: EngineInfo };
  };
  /**
   * The packed file of the model, piece by piece. Several copies may be read at the same time, each
   * under a number of its own.
   */
  exportPiece: { in: { copy: number }; out: Bytes | undefined };
  /** Ends a copy that was read to its end. */
  exportHeader: { in: { copy: number; hashes: string[] }; out: Bytes };
  /** Ends a copy that was not. */
  exportEnd: { in: { copy: number }; out: void };
  /** Vectors, `settings.dimension` numbers each; from the GPU, if that is open. */
  encode: { in: { texts: string[]; settings: EncodeSettings; gpu: boolean }; out: Answer };
  /** A score for each document and label, likewise. */
  score: { in: { texts: string[]; query: string; gpu: boolean }; out: Answer };
  /**
   * Opens the GPU by the script at this address; with a `trial`, only if that is worth it. The answer is how
   * many tokens a millisecond it does, 0 where wasm does the work.
   */
  openGpu: { in: { module: string; trial: Trial | undefined }; out: number };
  /** Gives the GPU up, and ends the worker. */
  closeGpu: { in: object; out: void };
  tokenize: { in: { text: string }; out: Uint32Array<ArrayBuffer> };
  countTokens: { in: { text: string }; out: number };
  tokenizeWithOffsets: { in: { text: string }; out: TokensWithOffsets };
  /** Where each chunk starts and ends. */
  chunk: { in: { text: string; maxTokens: number; overlap: number }; out: TextSpan[] };
}

export type CallName = keyof Calls;

/** Page to worker. */
export type Request = {
  [Name in CallName]: { readonly id: number; readonly call: Name } & Readonly<Calls[Name]['in']>;
}[CallName];

/** Worker to page: one for each request, and one with the reason when wasm replaces the GPU. */
export type Reply =
  | { readonly id: -1; readonly shut: string }
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
