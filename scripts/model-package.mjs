// npm run model:package: the packed model as an npm package of its own → models/package/
//
// npm's CDNs and bundlers can serve it: `baseUrl` is then the package's folder.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fillFolderAtOnce } from './lib/files.mjs';
import { inRoot, models, root } from './lib/paths.mjs';
import { knownModels } from './lib/registry.mjs';
import { main, step } from './lib/say.mjs';
import { buildWasm } from './lib/wasm.mjs';
import { packedModel } from './model.mjs';
import { setup } from './setup.mjs';

/** Goes up when the bytes of the file change. */
const VERSION = '1.0.0';
const FILE = 'model-int8.safetensors';

export async function modelPackage() {
  const file = await packedModel();
  const [model] = await knownModels();
  const folder = join(models, 'package');
  await fillFolderAtOnce(folder, (empty) => fill(empty, model, file));
  step('model', `${relative(root, folder)}/: edgebert-models ${VERSION}, to be published`);
}

function fill(folder, model, file) {
  mkdirSync(join(folder, model.name));
  copyFileSync(file, join(folder, model.name, FILE));
  copyFileSync(inRoot('LICENSE-APACHE'), join(folder, 'LICENSE'));
  const { author, repository } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const manifest = {
    name: 'edgebert-models',
    version: VERSION,
    description: `${model.name}, packed for edgebert: int8 weights, the tokenizer and the configuration`,
    keywords: ['edgebert', 'embeddings', 'model'],
    license: model.license,
    author,
    ...(repository && { repository }),
    exports: { [`./${model.name}/${FILE}`]: `./${model.name}/${FILE}`, './package.json': './package.json' },
    files: [model.name],
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(folder, 'README.md'), readme(model));
}

const readme = (model) => `# edgebert-models

[${model.id}](https://huggingface.co/${model.id}), at commit ${model.revision}, with its weights quantised to int8 and
packed into one file for the package \`edgebert\`. The original is under ${model.license}, and so is this.

\`\`\`js
const url = new URL('edgebert-models/${model.name}/${FILE}', import.meta.url); // served by your bundler
const model = await WorkerModel.from_type(MiniLML6V2, { url });
\`\`\`
`;

await main(import.meta, async () => {
  await setup();
  await buildWasm();
  await modelPackage();
});
