/** A user's address in full. Relative ones are relative to the page, as everywhere on it. */
export function absoluteUrl(address: string | URL, option: string): string {
  const page = globalThis.document?.baseURI ?? globalThis.location?.href;
  try {
    return new URL(address, page).href;
  } catch {
    throw new TypeError(`\`${option}\` is not an address: ${JSON.stringify(String(address))}`);
  }
}

/** A user's folder in full, without a slash at its end, or `otherwise`. */
export function folderUrl(folder: string | URL | undefined, option: string, otherwise: string): string {
  return folder === undefined ? otherwise : absoluteUrl(folder, option).replace(/\/+$/, '');
}
