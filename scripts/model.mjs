// npm run model [-- <hub id or folder>]: original weights → models/<name>/model-int8.safetensors
//
// Without an argument: the default model, whose original weights have a known SHA-256.
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { getCheckpoint } from './lib/checkpoint.mjs';
import { sha256, writeFileAtOnce } from './lib/files.mjs';
import { wrapperWith } from './lib/pack-model.mjs';
import { models, pkg, root } from './lib/paths.mjs';
import { knownModels } from './lib/registry.mjs';
import { Stop, main, megabytes, seconds, step } from './lib/say.mjs';
import { makeOnce } from './lib/stamp.mjs';
import { buildWasm, wasmFile } from './lib/wasm.mjs';
import { setup } from './setup.mjs';

const codes = ['network', 'integrity', 'format', 'unsupported', 'state'];

/** Packs a model with the engine as it was built last. Returns the packed file's path. */
export async function packedModel(source) {
  const started = performance.now();
  const model = await describe(source);
  const output = join(models, model.name, 'model-int8.safetensors');
  const make = () => pack(model, output);
  // What a hub has under an id is known only once it has been fetched.
  const made = model.folder
    ? await makeOnce(
        { name: `model-${model.name}`, inputs: [model.folder, wasmFile], settings: [], output },
        make,
      )
    : await make().then(() => true);
  report(model, output, made ? `, packed in ${seconds(started)}` : ', as before');
  return output;
}

/**
 * What the registry says of a model, or a name for one that it doesn't know; and the folder that it is in.
 */
async function describe(source) {
  const known = await knownModels();
  if (source !== undefined && existsSync(source)) {
    return { name: basename(resolve(source)), folder: resolve(source) };
  }
  if (source !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(source)) {
    throw new Stop(`${source} is neither a folder nor the id of a model on the hub.`);
  }
  const model = source === undefined ? known[0] : known.find(({ id }) => id === source);
  if (model?.checkpoint?.sha256) return { ...model, folder: await getCheckpoint(model) };
  return { name: source.split('/')[1], id: source, ...model };
}

async function pack({ name, id, revision, folder }, output) {
  step('model', `packing ${name}`);
  const { pack } = await wrapperWith(pkg);
  try {
    const packed = await pack(folder ? pathToFileURL(folder) : id, revision ? { revision } : {});
    writeFileAtOnce(output, Buffer.from(await packed.arrayBuffer()));
  } catch (error) {
    if (!codes.includes(error.code)) throw error;
    throw new Stop(`${name} can't be packed: ${error.message}`);
  }
}

/** The registry holds the size and the header's hash of the packed file: the wrapper accepts no other. */
function report(model, output, how) {
  const file = readFileSync(output);
  const headerSha256 = sha256(file.subarray(0, 8 + Number(file.readBigUInt64LE(0))));
  step('model', `${relative(root, output)}: ${megabytes(file.length)}, header ${headerSha256}${how}`);
  if (!model.checkpoint?.sha256) return;
  if (model.packed?.headerSha256 !== headerSha256 || model.packed.bytes !== file.length) {
    step(
      'model',
      `js/loading/registry.ts names another file: it should say bytes ${file.length}, headerSha256 '${headerSha256}'`,
    );
  }
}

await main(import.meta, async ([source]) => {
  await setup();
  await buildWasm();
  await packedModel(source);
});
