import { absoluteUrl } from '../shared/urls.js';
import { assets } from './assets.js';

/** An address that the caller gives for one of these files, in full. */
export function fullUrl(address: string | URL, option: string): string {
  const base = globalThis.location?.href ?? assets().scriptUrl;
  return base === undefined ? absoluteUrl(address, option) : new URL(address, base).href;
}
