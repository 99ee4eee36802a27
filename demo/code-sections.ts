import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/**
 * What a playground needs besides the section's own code: a model, something to work on, and a line
 * that shows it.
 */
const SETTING = {
  words: {
    imports: 'MiniLML6V2, SearchIndex, WorkerModel',
    run: `const model = await WorkerModel.from_type(MiniLML6V2);
const meanings = ['a longing to return home', 'a song to lull a child to sleep', 'a tower with a light for ships'];
const index = new SearchIndex({ dimension: model.dimension });
index.upsertMany(meanings, await model.encode(meanings));
const { found } = await findWords(model, index, 'the feeling of missing home');
console.log(found.map(({ id, score }) => \`\${score.toFixed(2)} \${id}\`).join('\\n'));`,
  },
  files: {
    imports: 'SemanticSearch',
    run: `const search = await SemanticSearch.open('notes', { persist: false });
await search.add([
  { id: 'kettle.txt', text: 'The kettle is in the cupboard above the stove.' },
  { id: 'trains.txt', text: 'The last train to the coast leaves at nine.' },
]);
const results = await searchTexts(search, 'how do I boil water?', 2);
console.log(results.map(({ id, score, text }) => \`\${score.toFixed(2)} \${id}: \${text}\`).join('\\n'));`,
  },
  compare: {
    imports: 'MiniLML6V2, WorkerModel',
    run: `const model = await WorkerModel.from_type(MiniLML6V2);
const sentences = ['A dog ran across the road', 'My puppy dashed over our street', 'The bank refused my card'];
const vectors = await Promise.all(sentences.map((sentence) => model.encode([sentence])));
console.log(compare(vectors).map((row) => row.map((value) => value!.toFixed(2)).join('  ')).join('\\n'));`,
  },
  speed: {
    imports: 'MiniLML6V2, WorkerModel',
    run: `const model = await WorkerModel.from_type(MiniLML6V2);
const texts = ['a longing to return home', 'The kettle is in the cupboard above the stove.'];
const { singleMs, batchMs } = await measure(texts, (texts) => model.encode(texts));
console.log(\`one text: \${singleMs.toFixed(1)} ms, \${texts.length} at once: \${batchMs.toFixed(1)} ms\`);`,
  },
} as const;

/**
 * Each section of the page shows the code that it runs: the file in src/code that the page itself
 * imports, with a
 * link that opens it in an online playground.
 */
export function codeSections(here: string): Plugin {
  return {
    name: 'code-sections',
    transformIndexHtml: {
      order: 'pre',
      handler: (html) =>
        html.replace(/<!-- code (\w+) -->/g, (_, name: keyof typeof SETTING) => section(here, name)),
    },
  };
}

function section(here: string, name: keyof typeof SETTING): string {
  const source = readFileSync(join(here, 'src', 'code', `${name}.ts`), 'utf8').trim();
  const address = `https://livecodes.io/?ts=${encodeURIComponent(playground(name, source))}&console=open`;
  return (
    `<details class="source code-of-section"><summary>The code of this section</summary>` +
    `<pre tabindex="0" aria-label="Code"><code>${escaped(source)}</code></pre>` +
    `<a class="button" href="${escaped(address)}" target="_blank" rel="noopener">Open in a playground</a></details>`
  );
}

function playground(name: keyof typeof SETTING, source: string): string {
  const { imports, run } = SETTING[name];
  const own = source
    .replace(/^import .* from 'edgebert';$/m, '')
    .replace(/^export /gm, '')
    .trim();
  const imported = /^import (?:type )?\{(.*)\} from 'edgebert';$/m.exec(source)?.[1] ?? '';
  const names = [
    ...new Set([
      ...imports.split(', '),
      ...imported.split(',').map((name) => name.trim().replace(/^type /, '')),
    ]),
  ];
  return `import { ${names.filter(Boolean).toSorted().join(', ')} } from 'edgebert';\n\n${own}\n\n${run}\n`;
}

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
