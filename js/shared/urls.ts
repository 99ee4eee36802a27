import { builtin } from './node.js';

/** Schemes that models are read from; others are typing errors, such as `localhost:8080/models`. */
const SCHEME = /^(https?|file|blob|data|[\w-]+-extension|app|capacitor|tauri):/i;

/**
 * A user's address in full. Relative ones are relative to the page, as everywhere on it; outside of
 * browsers they are paths.
 */
export function absoluteUrl(address: string | URL, option: string): string {
  const text = String(address).trim();
  if (SCHEME.test(text)) return parsed(text, option);
  if (/^[a-z]:[\\/]|^\\\\/i.test(text)) return pathUrl(text, option, 'a Windows path');
  if (/^[\w.-]+:\d+(\/|$)/.test(text)) {
    throw new TypeError(
      `\`${option}\` must begin with http:// or https:// (received ${JSON.stringify(text)})`,
    );
  }
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
    return new URL(text, base).href;
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
