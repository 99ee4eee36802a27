// npm run model [-- <hub id or folder>]: original weights → models/<name>/model-int8.safetensors
// npm run model -- --size <MB>: → models/<name>/model-compact-<MB>.safetensors
//
// Without a model's name: the default model, whose original weights have a known SHA-256. int8 files are
// calibrated with the package's own sentences, so that `edgebert pack` makes the same file, and compact
// files with WordNet's definitions and examples (`--calibration wordnet`). `--calibration none` leaves that
// out, and `--calibration <file>` takes the lines of a file.
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { getCheckpoint } from './lib/checkpoint.mjs';
import { writeFileAtOnce } from './lib/files.mjs';
import { wrapperWith } from './lib/pack-model.mjs';
import { headerHash, matches } from './lib/packed-file.mjs';
import { inRoot, models, pkg, pkgPacker, root } from './lib/paths.mjs';
import { knownModels } from './lib/registry.mjs';
import { Stop, main, megabytes, seconds, step } from './lib/say.mjs';
import { makeOnce } from './lib/stamp.mjs';
import { buildPacker, buildWasm, wasmFile } from './lib/wasm.mjs';
import { wordnetTexts } from './lib/wordnet.mjs';
import { setup } from './setup.mjs';

const codes = ['network', 'integrity', 'format', 'unsupported', 'state'];

/**
 * Packs a model with the engine as it was built last. Returns the packed file's path. The file that the
 * registry pins is packed only where it is missing: that takes a minute, and the tests see
 * whatever packs another one.
 */
export async function packedModel(source, calibration) {
  const model = await describe(source);
  const file = 'model-int8.safetensors';
  const pins = calibration === undefined ? model.checkpoint && model.packed : undefined;
  const output = join(models, model.name, file);
  if (pins && existsSync(output) && matches(readFileSync(output), pins)) {
    report(output, ', as before', pins);
    return output;
  }
  return packOnce(model, file, { calibration, pins });
}

/**
 * Packs a model into a compact file of `size` MB. `calibration` is `wordnet`, `none` or a file with a text a
 * line. Returns the file's path.
 */
export async function compactModel(source, size, calibration = 'wordnet') {
  const model = await describe(source);
  const file = `model-compact-${size}.safetensors`;
  const pins = calibration === 'wordnet' && file === model.compact?.file ? model.compact : undefined;
  return packOnce(model, file, { size, calibration, pins });
}

/** Packs into a file of the model's folder, unless that stands as it was packed from the same. */
async function packOnce(model, file, { size, calibration, pins }) {
  await buildPacker();
  const started = performance.now();
  const output = join(models, model.name, file);
  const make = () => packInto(model, output, { size, texts: textsOf(calibration) });
  const own = [undefined, 'wordnet', 'none'].includes(calibration) ? [] : [resolve(calibration)];
  // What a hub has under an id is known only once it has been fetched.
  const made = model.folder
    ? await makeOnce(
        {
          name: `model-${model.name}-${basename(file, '.safetensors')}`,
          inputs: [model.folder, wasmFile, pkgPacker, inRoot('js', 'pack'), ...own],
          settings: [calibration],
          output,
        },
        make,
      )
    : await make().then(() => true);
  report(output, made ? `, packed in ${seconds(started)}` : ', as before', pins);
  return output;
}

/**
 * The default model's compact file, which the registry pins. It is packed only where it is missing: that
 * takes minutes, and whatever packs another file is seen by its hash.
 */
export async function pinnedCompact() {
  const [{ name, compact }] = await knownModels();
  const output = join(models, name, compact.file);
  if (existsSync(output) && matches(readFileSync(output), compact)) return output;
  return compactModel(undefined, Number(/[\d.]+(?=\.safetensors$)/.exec(compact.file)[0]));
}

/** The texts of `--calibration`; undefined for those of the package. */
function textsOf(calibration) {
  if (calibration === undefined) return undefined;
  if (calibration === 'wordnet') return wordnetTexts();
  if (calibration === 'none') return [];
  if (!existsSync(calibration)) throw new Stop(`--calibration: there is no file ${calibration}.`);
  return readFileSync(calibration, 'utf8').split(/\r?\n/).filter(Boolean);
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

/** Packs into an int8 file, or into a compact one of `size` MB. */
async function packInto({ name, id, revision, folder }, output, { size, texts }) {
  step('model', `packing ${name}${size ? ` into ${size} MB` : ''}`);
  const { packCompact, packInt8 } = await wrapperWith(pkg, { packer: true });
  try {
    const source = folder ? pathToFileURL(folder) : id;
    const onWarning = ({ message }) => step('model', message);
    const options = {
      ...(revision && { revision }),
      ...(texts && { texts }),
      onPacking: tenths(),
      onWarning,
    };
    const packed = size ? await packCompact(source, { ...options, size }) : await packInt8(source, options);
    writeFileAtOnce(output, Buffer.from(await packed.arrayBuffer()));
  } catch (error) {
    if (!codes.includes(error.code)) throw error;
    throw new Stop(`${name} can't be packed: ${error.message}`);
  }
}

/** Says each tenth of the work that is done. */
function tenths() {
  let said = 0;
  return (done) => {
    if (done < said + 0.1) return;
    said = Math.floor(done * 10) / 10;
    step('model', `${Math.round(said * 100)} % done`);
  };
}

/** The registry holds the size and the header's hash of the packed file: the wrapper accepts no other. */
function report(output, how, pins) {
  const file = readFileSync(output);
  const headerSha256 = headerHash(file);
  step('model', `${relative(root, output)}: ${megabytes(file.length)}, header ${headerSha256}${how}`);
  if (pins && !matches(file, pins)) {
    step(
      'model',
      `js/loading/registry.ts names another file: it should say bytes ${file.length}, headerSha256 '${headerSha256}'`,
    );
  }
}

function sizeOf(text) {
  const size = Number(text);
  if (!(size > 0)) throw new Stop(`--size must be a positive number of megabytes (received ${text}).`);
  return size;
}

await main(import.meta, async (args) => {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { size: { type: 'string' }, calibration: { type: 'string' } },
  });
  const [source] = positionals;
  const size = values.size === undefined ? undefined : sizeOf(values.size);
  await setup();
  await buildWasm();
  if (size === undefined) await packedModel(source, values.calibration);
  else await compactModel(source, size, values.calibration);
});
