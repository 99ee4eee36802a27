// npm run model [-- <hub id or folder>]: original weights → models/<name>/model-int8.safetensors
//
// Without an argument: the default model, whose original weights have a known SHA-256.
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { getCheckpoint } from './lib/checkpoint.mjs';
import { sha256, writeFileAtOnce } from './lib/files.mjs';
import { packModel, startEngine } from './lib/pack-model.mjs';
import { models, pkg, root } from './lib/paths.mjs';
import { knownModels } from './lib/registry.mjs';
import { Stop, main, megabytes, seconds, step } from './lib/say.mjs';
import { makeOnce } from './lib/stamp.mjs';
import { buildWasm, wasmFile } from './lib/wasm.mjs';
import { setup } from './setup.mjs';

const engineCodes = ['format', 'unsupported', 'state'];

/** Packs a model with the engine as it was built last. Returns the packed file's path. */
export async function packedModel(source) {
  const started = performance.now();
  const model = await describe(source);
  const folder = model.folder ?? (await getCheckpoint(model));
  const output = join(models, model.name, 'model-int8.safetensors');
  const inputs = [...model.sideFiles, model.checkpoint.file].map((file) => join(folder, file));
  const made = await makeOnce(
    { name: `model-${model.name}`, inputs: [...inputs, wasmFile], settings: [], output },
    () => pack(model, folder, output),
  );
  report(model, output, made ? `, packed in ${seconds(started)}` : ', as before');
  return output;
}

/** What the registry says of a model; for others the files that sentence-transformers' models consist of. */
async function describe(source) {
  const known = await knownModels();
  const [standard] = known;
  if (source === undefined) return standard;
  if (existsSync(source)) return { ...unknown(standard, basename(resolve(source))), folder: resolve(source) };
  if (!/^[\w.-]+\/[\w.-]+$/.test(source))
    throw new Stop(`${source} is neither a folder nor the id of a model on the hub.`);
  return known.find(({ id }) => id === source) ?? { ...unknown(standard, source.split('/')[1]), id: source };
}

function unknown({ sideFiles, checkpoint }, name) {
  return { name, revision: 'main', sideFiles, checkpoint: { file: checkpoint.file } };
}

async function pack(model, folder, output) {
  const weights = join(folder, model.checkpoint.file);
  if (!existsSync(weights)) throw new Stop(`${folder} has no ${model.checkpoint.file}.`);
  const sideFiles = model.sideFiles
    .filter((file) => existsSync(join(folder, file)))
    .map((file) => [file, readFileSync(join(folder, file), 'utf8')]);
  step('model', `packing ${model.name} (${megabytes(statSync(weights).size)})`);
  const engine = await startEngine(pkg);
  try {
    const { header, chunks } = await packModel(
      engine,
      sideFiles,
      createReadStream(weights, { highWaterMark: 1 << 20 }),
    );
    writeFileAtOnce(output, Buffer.concat([header, ...chunks]));
  } catch (error) {
    if (!engineCodes.includes(error.code)) throw error;
    throw new Stop(`${model.name} can't be packed: ${error.message}`);
  }
}

/** The registry holds the size and the header's hash of the packed file: the wrapper accepts no other. */
function report(model, output, how) {
  const file = readFileSync(output);
  const headerSha256 = sha256(file.subarray(0, 8 + Number(file.readBigUInt64LE(0))));
  step('model', `${relative(root, output)}: ${megabytes(file.length)}, header ${headerSha256}${how}`);
  if (!model.checkpoint.sha256) return;
  if (model.packed?.headerSha256 !== headerSha256 || model.packed.bytes !== file.length) {
    step(
      'model',
      `js/weights/registry.ts names another file: it should say bytes ${file.length}, headerSha256 '${headerSha256}'`,
    );
  }
}

await main(import.meta, async ([source]) => {
  await setup();
  await buildWasm();
  await packedModel(source);
});
