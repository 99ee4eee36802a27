import { builtin } from './node.js';

/** Pages of the Hugging Face Hub about a file or a folder, as people copy them, and where it itself is. */
const HUB_HOST = /^(www\.)?(huggingface|hf)\.co$/;
const HUB_PAGE = /^((?:\/(?:datasets|spaces))?\/[^/]+\/[^/]+)\/(?:blob|tree|raw)\//;
/** Addresses that no `fetch` reads. */
const FOREIGN = /^(s3|gs|s?ftps?|ssh|git|hdfs|abfss?|ipfs):/i;
/** Schemes that models are read from; others are typing errors, such as `localhost:8080/models`. */
const SCHEME = /^(https?|file|blob|data|[\w-]+-extension|app|capacitor|tauri):/i;

/**
 * A user's address in full. Relative ones are relative to the page, as everywhere on it; outside of
 * browsers they are paths.
 */
export function absoluteUrl(address: string | URL, option: string): string {
  const text = String(address).trim();
  if (/^[\w-]+(\.[\w-]+)*:\d+(\/|$)/.test(text) || FOREIGN.test(text)) {
    throw new TypeError(
      `\`${option}\` must begin with http:// or https:// (received ${JSON.stringify(text)})`,
    );
  }
  if (SCHEME.test(text)) return parsed(text, option);
  if (/^[a-z]:[\\/]|^\\\\/i.test(text)) return pathUrl(text, option, 'a Windows path');
  const page = globalThis.document?.baseURI ?? globalThis.location?.href;
  if (page === undefined && !text.includes('://')) return pathUrl(text, option, 'a path');
  return parsed(text, option, page);
}

/** A user's folder in full, or `otherwise`. */
export function folderUrl(folder: string | URL | undefined, option: string, otherwise: string): string {
  return folder === undefined ? otherwise : absoluteUrl(folder, option);
}

/** The address of a file in a folder, whose query it keeps. */
export function fileUrl(folder: string, path: string): string {
  const url = new URL(folder);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  url.hash = '';
  return url.href;
}

/** An address without what often changes although it leads to the same file: query and fragment. */
export function withoutQuery(address: string): string {
  const url = new URL(address);
  url.search = url.hash = '';
  return url.href.replace(/\/+$/, '');
}

function parsed(text: string, option: string, base?: string): string {
  try {
    const url = new URL(text, base);
    if (HUB_HOST.test(url.hostname)) {
      url.hostname = 'huggingface.co';
      url.pathname = url.pathname.replace(HUB_PAGE, '$1/resolve/');
    }
    return url.href;
  } catch {
    throw new TypeError(`\`${option}\` must be an address (received ${JSON.stringify(text)})`);
  }
}

function pathUrl(text: string, option: string, what: string): string {
  const [path, url] = [builtin('node:path'), builtin('node:url')];
  if (path && url && (path.sep === '\\' || what === 'a path'))
    return url.pathToFileURL(path.resolve(text)).href;
  throw new TypeError(
    `\`${option}\` is ${what}, which can't be read here; give an address (received ${JSON.stringify(text)})`,
  );
}
