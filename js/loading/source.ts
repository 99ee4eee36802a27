import type { HttpOptions } from './http.js';
import type { SequentialFile } from './joined-file.js';
import type { RemoteFile } from './remote-file.js';
import type { NamedText, Precision } from '../shared/types.js';

/** Where a model comes from, and what is known of its files beforehand. */
export interface ResolvedSource {
  /** Under this name it is kept and listed. */
  readonly name: string;
  /** With the name, identifies the bytes in the cache. */
  readonly version: string;
  readonly precision: Precision;
  /** The packed int8 file; it is tried first. */
  readonly packed: RemoteFileInfo | undefined;
  /** The original; it is tried where the packed file can't be had. */
  readonly original: Original | undefined;
}

/** A file at an address, with what its publisher promises of it. */
export interface RemoteFileInfo {
  readonly url: string;
  readonly bytes?: number | undefined;
  /** SHA-256 of a packed file's header. */
  readonly headerSha256?: string | undefined;
  /** SHA-256 of the whole file. */
  readonly sha256?: string | undefined;
}

export interface Original {
  readonly weights: RemoteFileInfo;
  /** Fetches the files beside the weights. */
  readonly readFiles: (http: HttpOptions) => Promise<NamedText[]>;
  /**
   * Finds the files that the weights are in, where it isn't settled that they are one; given the
   * files beside them, and what opens a file at an address.
   */
  readonly findWeights?: (
    files: readonly NamedText[],
    http: HttpOptions,
    open: (url: string, place?: { offset: number }) => RemoteFile,
  ) => Promise<SequentialFile>;
}

/** The host that has the originals, at `<id>/resolve/<revision>/<file>`. */
export const HUB = 'https://huggingface.co';
/** What a packed model is called in its folder. */
export const PACKED_FILE = 'model-int8.safetensors';
