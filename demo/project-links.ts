import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

interface Manifest {
  readonly name: string;
  readonly repository?: { readonly url: string };
}

/** The repository's page, from the address that npm knows it by. */
function pageOf(url: string): string {
  return url.replace(/^git\+/, '').replace(/\.git$/, '');
}

/** Addresses by their labels. The package is on npm once it says which repository it comes from. */
export function projectLinks({ name, repository }: Manifest, docs: boolean): Record<string, string> {
  return {
    ...(docs && { 'Guides and API reference': './docs/index.html' }),
    ...(repository && {
      npm: `https://www.npmjs.com/package/${name}`,
      Source: pageOf(repository.url),
    }),
  };
}

/** Where TypeDoc puts the guide's table of models for other languages. */
const MODELS = './docs/documents/Models_and_accuracy.html#other-languages';

/** The links of the page's foot, and that to the models beside the one of the page. `docs`: whether the reference will be in the site's folder. */
export function links(root: string, docs: boolean): Plugin {
  return {
    name: 'links',
    transformIndexHtml: {
      order: 'pre',
      handler(html) {
        const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
        const list = Object.entries(projectLinks(manifest, docs))
          .map(([label, address]) => `<a href="${address}">${label}</a>`)
          .join(' · ');
        return html
          .replace('<!-- links -->', list && `<p>${list}</p>`)
          .replace('<!-- models -->', docs ? `<a href="${MODELS}">Models and their languages</a>` : '');
      },
    },
  };
}
