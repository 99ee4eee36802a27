import { absoluteUrl } from '../shared/urls.js';
import { modelOfId, WasmModelType, type KnownModel } from './registry.js';

/** The host that has the original models, at `<id>/resolve/<revision>/<file>`. */
export const HUB = 'https://huggingface.co';

/** What a user's name for a model means. */
export type ModelName =
  | { readonly kind: 'known'; readonly model: KnownModel }
  | { readonly kind: 'hub'; readonly id: string; readonly revision: string | undefined }
  | { readonly kind: 'url'; readonly url: string };

const ID = /^[\w-][\w.-]*\/[\w.-]+$/;
/** An address of a model's page or folder on the hub, as people copy it, with or without a revision. */
const HUB_PAGE =
  /^(?:https?:\/\/)?(?:www\.)?(?:huggingface\.co|hf\.co)\/([\w-][\w.-]*\/[\w.-]+)(?:\/(?:tree|blob|resolve)\/([^/?#]+))?\/*(?:[?#].*)?$/;
/** An address or a path, rather than a name. */
const ADDRESS = /^(\.{1,2}$|\.{0,2}[\\/]|[a-z][\w+.-]*:)|\/.*\/|\.safetensors$/i;

/** Whether `source` is a model's id on the hub rather than an address. */
export function isHubId(source: unknown): source is string {
  return typeof source === 'string' && ID.test(source.trim().replace(/\/+$/, ''));
}

/**
 * Reads the forms that people paste: a known model's name, an id or address of the hub, the address
 * or path of a model's folder or of a packed file.
 *
 * @throws TypeError for anything else, with the forms that are possible.
 */
export function readName(source: string | URL): ModelName {
  const text = String(source).trim();
  const known = modelOfName(text);
  if (known) return { kind: 'known', model: known };
  const [, id, revision] = HUB_PAGE.exec(text) ?? [];
  if (id !== undefined) return { kind: 'hub', id, revision: revision && decodeURIComponent(revision) };
  if (isHubId(text)) return { kind: 'hub', id: text.replace(/\/+$/, ''), revision: undefined };
  if (ADDRESS.test(text)) return { kind: 'url', url: absoluteUrl(text, 'source') };
  const names = Object.values<KnownModel>(WasmModelType).map(({ name }) => name);
  throw new TypeError(
    `\`source\` must be a hub id such as 'BAAI/bge-small-en-v1.5', an address, or one of the names ` +
      `${names.join(', ')} (received ${JSON.stringify(text)}); a relative address begins with ./`,
  );
}

/** The registry's entry and the name of the model that `source` means, as far as it has either. */
export function recognizeModel(source: unknown): { known: KnownModel | undefined; name: string | undefined } {
  if (typeof source !== 'string' && !(source instanceof URL)) return { known: undefined, name: undefined };
  const named = readName(source);
  const id = named.kind === 'hub' ? named.id : undefined;
  const known = named.kind === 'known' ? named.model : id === undefined ? undefined : modelOfId(id);
  return { known, name: known?.name ?? id };
}

function modelOfName(text: string): KnownModel | undefined {
  const entries = Object.entries<KnownModel>(WasmModelType);
  return entries.find(([key, { name }]) => key === text || name === text)?.[1];
}
