import type { KnownModel } from './registry.js';

// The one place that says where this project's packed models are. Whoever publishes changes nothing here:
// the release workflow builds with EDGEBERT_MODELS_PUBLISHED=1 once the packages are on npm
// (CONTRIBUTING.md), and in every other build no CDN is asked.

/** Set by scripts/lib/bundle.mjs; sources that are bundled without it have nothing published. */
declare const MODELS_PUBLISHED: boolean;

/** CDNs that serve every package of npm, in the order in which they are asked. */
const CDNS = ['https://cdn.jsdelivr.net/npm', 'https://unpkg.com'];

/** The folders that have a model's files, one on each CDN; empty if they are not published. */
export function publishedFolders({ npmPackage }: KnownModel): string[] {
  const published = typeof MODELS_PUBLISHED !== 'undefined' && MODELS_PUBLISHED;
  return published && npmPackage !== undefined ? CDNS.map((cdn) => `${cdn}/${npmPackage}`) : [];
}
