import { readFile } from 'node:fs/promises';
import { SearchIndex } from '../search/index/search-index.js';
import { Failure, reasonOf, UsageError } from './errors.js';
import { parse } from './options.js';
import { openOutput } from './output/target.js';
import { number, Progress } from './progress.js';
import { MERGE_USAGE } from './usage.js';

const OPTIONS = {
  output: { type: 'string', short: 'o' },
  replace: { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
  help: { type: 'boolean', short: 'h' },
} as const;
/** Entries that are copied at a time. */
const BATCH = 4096;

/** `edgebert merge`. */
export async function merge(args: string[]): Promise<void> {
  const { values, positionals } = parse(args, OPTIONS);
  if (values.help) return void process.stdout.write(MERGE_USAGE);
  if (positionals.length === 0) throw new UsageError('merge takes the index files to join');
  if (values.output === undefined) throw new UsageError('--output must name the joined index file');
  const progress = new Progress(values.quiet ?? false);
  const output = await openOutput(values.output);
  try {
    let merged: SearchIndex | undefined;
    for (const path of positionals) {
      const next = await read(path);
      merged ??= emptyLike(next);
      checkSame(merged, next, path);
      copy(next, merged, path, values.replace ?? false);
      progress.show('entries', undefined, () => number(merged!.size));
    }
    await output.write(merged!.bytes);
    await output.finish();
    progress.say(`${number(merged!.size)} entries`);
  } catch (error) {
    progress.clear();
    await output.discard();
    throw error;
  }
}

async function read(path: string): Promise<SearchIndex> {
  try {
    return SearchIndex.fromBytes(await readFile(path));
  } catch (error) {
    throw new Failure(`${path} could not be read: ${reasonOf(error)}`);
  }
}

/** An empty index for vectors of the same model. */
function emptyLike({ dimension, precision, model: name, fingerprint }: SearchIndex): SearchIndex {
  return new SearchIndex({ dimension, precision, model: { name, fingerprint } });
}

function checkSame(merged: SearchIndex, next: SearchIndex, path: string): void {
  for (const property of ['model', 'fingerprint', 'dimension', 'precision'] as const) {
    if (merged[property] === next[property]) continue;
    throw new Failure(
      `${path} has the ${property} ${next[property]}, and the first index ${merged[property]}`,
    );
  }
}

function copy(from: SearchIndex, to: SearchIndex, path: string, replace: boolean): void {
  const all = [...from.ids()];
  const known = replace ? undefined : all.find((id) => to.has(id));
  if (known !== undefined) {
    throw new Failure(
      `${path}: the id "${known}" is in an earlier index too; --replace keeps the later entry`,
    );
  }
  for (let start = 0; start < all.length; start += BATCH) {
    const ids = all.slice(start, start + BATCH);
    const vectors = new Float32Array(ids.length * from.dimension);
    ids.forEach((id, i) => vectors.set(from.vector(id)!, i * from.dimension));
    const entries = ids.map((id) => from.get(id)!);
    to.upsertMany(
      ids,
      vectors,
      entries.map(({ metadata }) => metadata),
      entries.map(({ text }) => text),
    );
  }
}
