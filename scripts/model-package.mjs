// npm run model:package: the default model's files as an npm package of their own → models/package/
// npm run model:package -- --check: whether both CDNs serve the package that the registry expects
//
// The package's name, its version and the files' hashes are those of js/loading/registry.ts, which
// `from_type` looks for on npm's CDNs (js/loading/published.ts). Bundlers can serve the files from it too.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { headerHash, matches } from './lib/packed-file.mjs';
import { fillFolderAtOnce } from './lib/files.mjs';
import { inRoot, models, root } from './lib/paths.mjs';
import { knownModels, publishedFolders } from './lib/registry.mjs';
import { Stop, main, megabytes, step } from './lib/say.mjs';
import { buildWasm } from './lib/wasm.mjs';
import { packedModel, pinnedCompact } from './model.mjs';
import { setup } from './setup.mjs';

const INT8 = 'model-int8.safetensors';
const packageFolder = join(models, 'package');

/** The files of a model's package, int8 first, with what the registry expects of each. */
const filesOf = ({ packed, compact }) => [
  { file: INT8, pins: packed },
  { file: compact.file, pins: compact },
];

/** Fills the folder with both files, their licence, a README and a manifest. */
export async function modelPackage() {
  const [model] = await knownModels();
  const paths = [await packedModel(), await pinnedCompact()];
  const files = filesOf(model).map((file, i) => ({ ...file, path: paths[i] }));
  for (const { path, pins } of files) {
    if (!matches(readFileSync(path), pins)) {
      throw new Stop(`${relative(root, path)} is not the file that js/loading/registry.ts expects.`);
    }
  }
  await fillFolderAtOnce(packageFolder, (empty) => fill(empty, model, files));
  step('model', `${relative(root, packageFolder)}/: ${model.npmPackage}, to be published`);
}

function fill(folder, model, files) {
  mkdirSync(join(folder, model.name));
  for (const { path, file } of files) copyFileSync(path, join(folder, model.name, file));
  // Under which all-MiniLM-L6-v2 is.
  copyFileSync(inRoot('LICENSE-APACHE'), join(folder, 'LICENSE'));
  const { author, repository } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const [name, version] = model.npmPackage.split('@');
  const manifest = {
    name,
    version,
    description: `${model.name} for edgebert, in one file: int8, or compact with half the bytes`,
    keywords: ['edgebert', 'embeddings', 'sentence-embeddings', 'model'],
    license: model.license,
    author,
    ...(repository && { repository }),
    exports: { [`./${model.name}/*`]: `./${model.name}/*`, './package.json': './package.json' },
    files: [model.name],
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(folder, 'README.md'), readme(model, name, files));
}

/** For those who find the package on npm. */
export const readme = ({ name: model, id, revision, license }, name, files) => `# ${name}

[${id}](https://huggingface.co/${id}) at commit ${revision}, packed for the package \`edgebert\`: weights, tokenizer and
configuration in one file. \`from_type\` of edgebert finds it on npm's CDNs by itself, and this package need not be
installed. Where nothing is to be asked of a CDN, let your bundler serve a file of it:

\`\`\`js
import { MiniLML6V2, WorkerModel } from 'edgebert';

const url = new URL('${name}/${model}/${INT8}', import.meta.url);
const model = await WorkerModel.from_type(MiniLML6V2, { url });
\`\`\`

or copy the folder \`${model}\` to a host of your own, and pass its parent's address as \`baseUrl\`.

| file | size | load it with | weights |
|---|---|---|---|
| \`${INT8}\` | ${megabytes(files[0].pins.bytes)} | \`precision: 'int8'\`, the default | 8 bits each |
| \`${files[1].file}\` | ${megabytes(files[1].pins.bytes)} | \`precision: 'compact'\` | entropy-coded, about 4 bits each |

Both are accepted only if their SHA-256 is that which edgebert expects, so take the version that your version of edgebert
names. How close their vectors are to the original's is in edgebert's documentation, under Models and accuracy.

The weights were quantised; everything else is as in the original, which is under ${license}, and so is this.
`;

/** Reads each file from each CDN. @throws Stop unless all are what the registry expects. */
export async function checkPublished(model, folders) {
  for (const folder of folders) {
    for (const { file, pins } of filesOf(model)) {
      const address = `${folder}/${model.name}/${file}`;
      const response = await fetch(address).catch((cause) => {
        throw new Stop(`${address} could not be read: ${cause.message}`);
      });
      if (!response.ok) throw new Stop(`${address} answered ${response.status}.`);
      const bytes = Buffer.from(await response.arrayBuffer());
      if (!matches(bytes, pins)) {
        throw new Stop(`${address} is another file: its header's SHA-256 is ${headerHash(bytes)}.`);
      }
      step('model', `${address}: as expected`);
    }
  }
}

await main(import.meta, async (args) => {
  const { values } = parseArgs({ args, options: { check: { type: 'boolean' } } });
  await setup();
  if (values.check) {
    const [model] = await knownModels();
    return checkPublished(model, await publishedFolders(model));
  }
  await buildWasm();
  await modelPackage();
});
