import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { codeSections, escaped } from './code-sections.ts';
import { links } from './project-links.ts';
import { partOf, SHOWN } from './src/words/entry.ts';

const here = import.meta.dirname;

const collection = (name: string) => join(here, 'collection', name);

/** What the page says about itself before it has loaded anything. */
const sizes = () => ({
  model: statSync(join(here, '../models/all-MiniLM-L6-v2/model-compact-12.safetensors')).size,
  index: statSync(collection('wordnet.index')).size,
  // Five bytes for each word; see src/places.ts.
  words: statSync(collection('wordnet.map')).size / 5,
});

/** Kept by the page itself, and too large for a service worker to fetch a second time. */
const KEPT_ELSEWHERE = /\.(safetensors|index|map)$/;

/**
 * What the page may do: run its own scripts and WebAssembly, and talk to its own host. Nothing that
 * is typed or opened here can be sent elsewhere. `scripts` and `styles` are those in the page itself.
 */
const policyOf = (scripts: string[], styles: string[]) =>
  [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval' ${scripts.map(sourceOf).join(' ')}`,
    "worker-src 'self'",
    "connect-src 'self'",
    `style-src ${styles.map(sourceOf).join(' ')}`,
    "font-src 'self'",
    "img-src 'self' data:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

/** A policy names what stands in a page by its hash. */
function sourceOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** What decides about the colours is in the page: a file of its own would hold up the first paint. */
function theme(): Plugin {
  return {
    name: 'theme',
    transformIndexHtml: {
      order: 'pre',
      handler: (html) =>
        html.replace(
          '<!-- theme -->',
          `<script>${readFileSync(join(here, 'src', 'theme-first.js'), 'utf8')}</script>`,
        ),
    },
  };
}

/**
 * The styles are in the page too, and the policy allows them and no others. Only in the built page: Vite's
 * development server puts styles and scripts into it.
 */
function stylesAndPolicy(): Plugin {
  return {
    name: 'styles-and-policy',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (html, { bundle = {} }) => {
        const page = html.replace(/<link rel="stylesheet"[^>]* href="\.\/([^"]+)">/g, (_, file: string) => {
          const sheet = bundle[file];
          if (sheet?.type !== 'asset') throw new Error(`the build made no ${file}`);
          // Their addresses are relative to the page now.
          return `<style>${String(sheet.source).replaceAll('url(./', 'url(./assets/')}</style>`;
        });
        const content = policyOf(inside(page, 'script'), inside(page, 'style'));
        return {
          html: page,
          tags: [
            {
              tag: 'meta',
              attrs: { 'http-equiv': 'Content-Security-Policy', content },
              injectTo: 'head-prepend',
            },
          ],
        };
      },
    },
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const file of Object.keys(bundle)) if (file.endsWith('.css')) delete bundle[file];
      },
    },
  };
}

/** What stands in the elements of a kind, those without attributes. */
function inside(html: string, tag: string): string[] {
  return [...html.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))].map(([, text]) => text!);
}

/** The fonts are asked for at once, before the style sheet that names them is read. */
function preloadFonts(): Plugin {
  return {
    name: 'preload-fonts',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (_, { bundle = {} }) =>
        Object.keys(bundle)
          .filter((file) => file.endsWith('.woff2'))
          .map((file) => ({
            tag: 'link',
            attrs: { rel: 'preload', href: `./${file}`, as: 'font', type: 'font/woff2', crossorigin: '' },
            injectTo: 'head',
          })),
    },
  };
}

/** The examples, and the answers to the first of them, are in the page before any script runs. */
function examples(): Plugin {
  return {
    name: 'examples',
    transformIndexHtml: {
      order: 'pre',
      handler(html) {
        const all = JSON.parse(readFileSync(collection('examples.json'), 'utf8')) as Example[];
        const chips = all.map(({ query }) => `<li><button type="button">${escaped(query)}</button></li>`);
        const answers = all[0]!.hits
          .slice(0, SHOWN)
          .map(
            ({ words: [word, ...others], definition, field }, i) =>
              `<li class="entry${i === 0 ? ' hero' : ''}"><p class="head"><b class="word">${escaped(word!)}</b> ` +
              `<abbr class="part">${partOf(field).short}</abbr>` +
              `<span class="others">${escaped(others.join(', '))}</span></p>` +
              `<p class="means">${escaped(definition)}</p></li>`,
          );
        return html
          .replace('<!-- examples -->', chips.join(''))
          .replace('<!-- answers -->', answers.join(''));
      },
    },
  };
}

interface Example {
  readonly query: string;
  readonly hits: readonly { readonly words: string[]; readonly definition: string; readonly field: string }[];
}

/** What the page says about its model's size is the size of the file that it comes with. */
function modelSize(): Plugin {
  return {
    name: 'model-size',
    transformIndexHtml: {
      order: 'pre',
      handler: (html) => html.replaceAll('<!-- model size -->', `${Math.round(sizes().model / 1e6)} MB`),
    },
  };
}

/** WordNet's licence goes wherever its words go. */
function licence(): Plugin {
  const fileName = 'wordnet-licence.txt';
  return {
    name: 'licence',
    apply: 'build',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName, source: readFileSync(collection(fileName)) });
    },
  };
}

/** Writes the service worker with the names of all files of the page, and a version made of them. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const built = Object.values(bundle).filter(({ fileName }) => !KEPT_ELSEWHERE.test(fileName));
        const given = readdirSync(join(here, 'public'));
        const hash = createHash('sha256');
        for (const file of built)
          hash.update(file.fileName).update(file.type === 'chunk' ? file.code : file.source);
        for (const name of given) hash.update(name).update(readFileSync(join(here, 'public', name)));
        const files = [
          './',
          ...built.map(({ fileName }) => fileName).filter((name) => name !== 'index.html'),
          ...given,
        ];
        const source = readFileSync(join(here, 'service-worker.js'), 'utf8')
          .replace('__VERSION__', JSON.stringify(hash.digest('hex').slice(0, 12)))
          .replace('__FILES__', JSON.stringify(files, null, 2));
        this.emitFile({ type: 'asset', fileName: 'service-worker.js', source });
      },
    },
  };
}

export default defineConfig({
  root: here,
  // Relative addresses: the built folder works under any path of any host.
  base: './',
  build: {
    target: 'es2022',
    emptyOutDir: true,
    // One sheet, which goes into the pages; no script asks for a part of it.
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
    rollupOptions: {
      input: ['index.html', 'gpu.html'].map((page) => join(here, page)),
      output: {
        // Not every host knows that .mjs is JavaScript, and browsers run nothing else as a worker.
        assetFileNames: ({ names: [name = ''] }) =>
          name.endsWith('.mjs') ? 'assets/[name]-[hash].js' : 'assets/[name]-[hash][extname]',
      },
    },
  },
  server: { fs: { allow: [join(here, '..')] } },
  define: { __SIZES__: JSON.stringify(sizes()) },
  plugins: [
    theme(),
    stylesAndPolicy(),
    examples(),
    modelSize(),
    codeSections(here),
    links(join(here, '..'), process.env['SITE_DOCS'] === '1'),
    licence(),
    preloadFonts(),
    serviceWorker(),
  ],
});
