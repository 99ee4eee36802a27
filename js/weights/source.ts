import type { LoadOptions, Precision } from '../types.js';
import { folderUrl, absoluteUrl } from './addresses.js';
import { requestText, type HttpOptions } from './http.js';
import type { KnownModel } from './registry.js';
import type { NamedText } from './sink.js';

/** Where a model comes from, and what is known of its files beforehand. */
export interface ModelSource {
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
}

/** The folder under which the packed models are published. */
export const DEFAULT_BASE_URL = 'https://huggingface.co/edgebert/models/resolve/main';
/** The host that has the originals, at `<id>/resolve/<revision>/<file>`. */
export const HUB = 'https://huggingface.co';
/** What a packed model is called in its folder. */
export const PACKED_FILE = 'model-int8.safetensors';
/** Hexadecimal digits of a hash that tell versions apart. */
const DIGITS = 16;

/** Where a model of the registry is. */
export function knownSource(model: KnownModel, options: LoadOptions): ModelSource {
  const precision = options.precision ?? 'int8';
  const folder = `${folderUrl(options.baseUrl, 'baseUrl', HUB)}/${model.id}/resolve/${model.revision}`;
  return {
    name: model.name,
    version: versionOf(model, precision),
    precision,
    packed: precision === 'f32' ? undefined : { ...model.packed, url: packedUrl(model, options) },
    original:
      options.url === undefined
        ? {
            weights: { ...model.checkpoint, url: `${folder}/${model.checkpoint.file}` },
            readFiles: (http) => readAll(model.sideFiles, folder, http),
          }
        : undefined,
  };
}

/**
 * What tells the bytes of one model's files apart over time: the same version always means the
 * same bytes, so that an update of the model or of the packed format is never mistaken for the old.
 */
export function versionOf(model: KnownModel, precision: Precision): string {
  const hash = precision === 'f32' ? model.checkpoint.sha256 : model.packed.headerSha256;
  return `${precision}-${hash.slice(0, DIGITS)}`;
}

function packedUrl(model: KnownModel, options: LoadOptions): string {
  if (options.url !== undefined) return absoluteUrl(options.url, 'url');
  const base = folderUrl(options.baseUrl, 'baseUrl', DEFAULT_BASE_URL);
  return `${base}/${model.name}/${PACKED_FILE}`;
}

function readAll(
  names: readonly string[],
  folder: string,
  http: HttpOptions,
): Promise<NamedText[]> {
  return Promise.all(
    names.map(async (name): Promise<NamedText> => {
      return [name, await requestText(`${folder}/${name}`, http)];
    }),
  );
}
