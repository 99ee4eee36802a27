import { writeIndexHeader, type IndexHeader } from '../search/saved/index-file.js';
import { segmentsOf, type Entry } from '../search/saved/segment.js';
import { Failure, UsageError } from './errors.js';
import { IndexFile, type FileEntry } from './index-file.js';
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

/** `edgebert merge`: reads the files twice, so that only the ids of their entries are in memory. */
export async function merge(args: string[]): Promise<void> {
  const { values, positionals } = parse(args, OPTIONS);
  if (values.help) return void process.stdout.write(MERGE_USAGE);
  if (positionals.length === 0) throw new UsageError('merge takes the index files to join');
  if (values.output === undefined) throw new UsageError('--output must name the joined index file');
  const progress = new Progress(values.quiet ?? false);
  const output = await openOutput(values.output);
  try {
    const files = positionals.map((path) => new IndexFile(path));
    const [first] = files as [IndexFile];
    for (const file of files) checkSame(first.header, file);
    const places = placesOf(files, values.replace ?? false);
    await output.write(writeIndexHeader({ ...first.header, size: places.size }));
    const { entries, pack } = joined(files, places);
    let done = 0;
    for (const { bytes, changes } of segmentsOf(entries(), [], { elementBytes: first.elementBytes, pack })) {
      await output.write(bytes);
      done += changes;
      progress.show('entries', done / places.size, () => number(done));
    }
    await output.finish();
    progress.say(`${number(places.size)} entries`);
  } catch (error) {
    progress.clear();
    await output.discard();
    throw error;
  }
}

function checkSame(first: IndexHeader, { header, path }: IndexFile): void {
  for (const property of ['model', 'fingerprint', 'dimension', 'precision'] as const) {
    if (first[property] === header[property]) continue;
    throw new Failure(
      `${path} has the ${property} ${header[property]}, and the first index ${first[property]}`,
    );
  }
}

/**
 * Which file has the entry of each id.
 *
 * @throws Failure if two have it, unless the later one replaces the other
 */
function placesOf(files: readonly IndexFile[], replace: boolean): Map<string, number> {
  const places = new Map<string, number>();
  for (const [place, file] of files.entries()) {
    for (const { id } of file.entries()) {
      const before = places.get(id);
      if (before === place) throw new Failure(`${file.path} has the id "${id}" twice`);
      if (before !== undefined && !replace) {
        throw new Failure(
          `${file.path}: the id "${id}" is in an earlier index too; --replace keeps the later entry`,
        );
      }
      places.set(id, place);
    }
  }
  return places;
}

/** The entries of all files that are in their places, and what copies the elements of those given last. */
function joined(files: readonly IndexFile[], places: ReadonlyMap<string, number>) {
  const waiting = new Map<number, FileEntry['elements']>();
  function* entries(): Generator<Entry> {
    let slot = 0;
    for (const [place, file] of files.entries()) {
      for (const { id, metadata, text, elements } of file.entries()) {
        if (places.get(id) !== place) continue;
        waiting.set(slot, elements);
        yield { slot, id, metadata, text };
        slot++;
      }
    }
  }
  const pack = (slot: number, target: Uint8Array, at: number): void => {
    target.set(waiting.get(slot)!, at);
    waiting.delete(slot);
  };
  return { entries, pack };
}
