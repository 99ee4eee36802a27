import { absoluteUrl, folderUrl } from '../shared/urls.js';
import { requestText, type HttpOptions } from './http.js';
import { loadModel, type ModelLoader } from './load-model.js';
import { originalIn } from './hub-source.js';
import type { KnownModel } from './registry.js';

import { HUB, PACKED_FILE, type ResolvedSource, type Original, type RemoteFileInfo } from './source.js';
import type { LoadOptions } from './types.js';
import type { NamedText, Precision } from '../shared/types.js';

/** The folder under which the packed models are published. */
const DEFAULT_BASE_URL = 'https://huggingface.co/edgebert/models/resolve/main';
/** Hexadecimal digits of a hash that tell versions apart. */
const DIGITS = 16;

/** What brings a model of the registry into a sink. */
export function knownLoader(model: KnownModel, options: LoadOptions): ModelLoader {
  const source = knownSource(model, options);
  return (sink, signal) => loadModel(source, options, sink, signal);
}

/** Where a model of the registry is. */
function knownSource(model: KnownModel, options: LoadOptions): ResolvedSource {
  const precision = options.precision ?? 'int8';
  return {
    name: model.name,
    version: versionOf(model, precision),
    precision,
    packed: precision === 'f32' ? undefined : packedFile(model, options),
    original: options.url === undefined ? originalOf(model, options) : undefined,
  };
}

/**
 * What tells the bytes of one model's files apart over time: the same version always means the
 * same bytes, so that an update of the model or of the packed format is never mistaken for the old.
 */
export function versionOf(model: KnownModel, precision: Precision): string {
  const hash = precision === 'f32' ? model.checkpoint?.sha256 : model.packed?.headerSha256;
  return `${precision}-${(hash ?? model.revision).slice(0, DIGITS)}`;
}

/** Undefined where nobody has published the one that this version expects. */
function packedFile(model: KnownModel, { url, baseUrl }: LoadOptions): RemoteFileInfo | undefined {
  if (url !== undefined) return { ...model.packed, url: absoluteUrl(url, 'url') };
  if (baseUrl === undefined && !model.packed) return undefined;
  const base = folderUrl(baseUrl, 'baseUrl', DEFAULT_BASE_URL);
  return { ...model.packed, url: `${base}/${model.name}/${PACKED_FILE}` };
}

function originalOf(model: KnownModel, options: LoadOptions): Original {
  const folder = `${folderUrl(options.baseUrl, 'baseUrl', HUB)}/${model.id}/resolve/${model.revision}`;
  const { checkpoint, sideFiles } = model;
  if (!checkpoint || !sideFiles) return originalIn(folder);
  return {
    weights: { ...checkpoint, url: `${folder}/${checkpoint.file}` },
    readFiles: (http) => readAll(sideFiles, folder, http),
  };
}

function readAll(names: readonly string[], folder: string, http: HttpOptions): Promise<NamedText[]> {
  return Promise.all(
    names.map(async (name): Promise<NamedText> => {
      return [name, await requestText(`${folder}/${name}`, http)];
    }),
  );
}
