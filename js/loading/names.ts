import { quote } from '../shared/describe.js';
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
/** What an address on the hub begins with, as people copy it. */
const ON_HUB = /^(hf:\/\/|(https?:\/\/)?(www\.)?(huggingface|hf)\.co(\/|$))/i;
/** What the hub has beside models. */
const NO_MODELS = /^(datasets|spaces|collections|papers|docs|blog|models)\//;
/** A file that stands for the whole model, beside its weights. */
const FILE_OF_MODEL = /^(model(-\d+-of-\d+)?\.safetensors|[^/]+\.(json|txt|md|bin|h5))$/;
/** Files that are no folder and no packed file. */
const OTHER_FILE = /\/[^/]+\.(onnx|onnx_data|bin|gguf|json|txt|md|pth?|h5|ot|msgpack|zip|t?gz|tar|npz)$/i;
/** An address or a path, rather than a name. */
const ADDRESS = /^(\.{1,2}$|\.{0,2}[\\/]|[a-z][\w+.-]*:)|\/.*\/|\.safetensors$/i;

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
  const onHub = readHubAddress(text);
  if (onHub) return onHub;
  const id = text.replace(/\/+$/, '');
  if (ID.test(id)) return { kind: 'hub', id, revision: undefined };
  if (ADDRESS.test(text)) return { kind: 'url', url: fileAddress(text) };
  const names = Object.values<KnownModel>(WasmModelType).map(({ name }) => name);
  throw new TypeError(
    `\`source\` must be a hub id such as 'BAAI/bge-small-en-v1.5', an address, or one of the names ` +
      `${names.join(', ')} (received ${quote(text)}); a relative address begins with ./`,
  );
}

/** What the address of a page, a file or a folder on the hub means; undefined for what is elsewhere. */
function readHubAddress(text: string): ModelName | undefined {
  const start = ON_HUB.exec(text)?.[0] ?? (/^[^/]+\/[^/]+\/(tree|blob)\//.test(text) ? '' : undefined);
  if (start === undefined) return undefined;
  const url = absoluteUrl(`${HUB}/${text.slice(start.length)}`, 'source');
  const [owner = '', name = '', view = '', revision, ...rest] = new URL(url).pathname.slice(1).split('/');
  const id = `${owner}/${name}`;
  const file = rest.join('/').replace(/\/$/, '');
  const isFile = /\/resolve\/.+\//.test(url);
  if (NO_MODELS.test(id) ? !isFile : !ID.test(id)) {
    throw new TypeError(
      `\`source\` must be a model, <owner>/<name> on the hub; this is another page of it (received ${quote(text)})`,
    );
  }
  const hasRevision = /^(resolve|tree|blob|commits?)$/.test(view) && revision;
  if (NO_MODELS.test(id) || (hasRevision && file !== '' && !FILE_OF_MODEL.test(file))) {
    return { kind: 'url', url: fileAddress(url) };
  }
  return { kind: 'hub', id, revision: hasRevision ? decoded(revision) : undefined };
}

function decoded(revision: string): string {
  try {
    return decodeURIComponent(revision);
  } catch {
    return revision;
  }
}

function fileAddress(text: string): string {
  const url = absoluteUrl(text, 'source');
  const { pathname } = new URL(url);
  if (!OTHER_FILE.test(pathname)) return url;
  throw new TypeError(
    '`source` must be the folder of a model, with its config.json, tokenizer.json and model.safetensors, or ' +
      `a packed .safetensors file (received ${quote(text)}, which is another file)`,
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
  return entries.find(([key, { name }]) =>
    [key, name].some((each) => each.toLowerCase() === text.toLowerCase()),
  )?.[1];
}
