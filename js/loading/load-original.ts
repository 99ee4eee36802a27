import { throwIfAborted } from '../shared/abort.js';
import { EdgeBertError, messageOf } from '../shared/errors.js';
import type { Bytes, KernelFinding, NamedText } from '../shared/types.js';
import { xxHash32 } from '../shared/xxhash.js';
import { exportedPieces, originalFingerprint, packedContent } from './fingerprint.js';
import type { SequentialFile } from './joined-file.js';
import { isWrong } from './load-packed.js';
import type { Loading } from './loading.js';
import type { Original } from './locate.js';
import { openWeights, readOriginalFiles } from './original-files.js';
import { readRemote, type ReadResult } from './read-pieces.js';
import { RecordingSink } from './recording-sink.js';
import { assumptionsOf } from './side-files.js';
import type { LoadedModel } from './types.js';

/** Originals of more bytes are not calibrated: that would take a visitor too long, and too much memory. */
const MOST_CALIBRATED = 200e6;

/** An original checkpoint that is being loaded. */
interface OpenedOriginal {
  readonly original: Original;
  readonly file: SequentialFile;
  readonly files: readonly NamedText[];
  /** What is assumed because the files don't say it. */
  readonly notes: readonly string[];
  /** What the sink's `begin` gave. */
  readonly kernel: KernelFinding | undefined;
}

/** Loads an original checkpoint, and caches it: int8 as the packed file it becomes, float32 as it is. */
export async function loadOriginal(loading: Loading, original: Original): Promise<LoadedModel> {
  const { location, http, warn, sink } = loading;
  const { files, doubt } = await readOriginalFiles(original, http);
  if (doubt !== undefined) {
    warn('network', `${doubt}. The model is not cached`);
    loading.store?.close();
    loading.store = undefined;
  }
  const notes = location.described ? [] : assumptionsOf(files).map((note) => `${location.name}: ${note}`);
  for (const note of notes) warn('format', note);
  // What the files ask for is refused before the weights are requested.
  const kernel = await sink.begin(files);
  const file = await openWeights(original, files, http, loading.open);
  const opened = { original, file, files, notes, kernel };
  try {
    return location.precision === 'f32'
      ? await loadFloat32(loading, opened)
      : await loadInt8(loading, opened);
  } finally {
    file.close();
  }
}

async function loadInt8(
  loading: Loading,
  { original, file, notes, kernel }: OpenedOriginal,
): Promise<LoadedModel> {
  const { sink, progress, signal, location } = loading;
  const nowhere = loading.writer(undefined);
  const recording = new RecordingSink(sink, MOST_CALIBRATED);
  await readRemote({
    file,
    expectation: original.checkpoint ?? {},
    keyOf: () => '',
    store: undefined,
    writer: nowhere,
    beginning: Promise.resolve(kernel),
    sink: recording,
    progress,
    signal,
  });
  await sink.finish();
  const calibrated = await calibrate(loading, recording.take());
  const { header, hashes, bytes } = await packedContent(sink, signal);
  const [fingerprint] = hashes;
  const expected = calibrated ? original.packedSha256 : undefined;
  if (expected !== undefined && fingerprint !== expected) {
    throw new EdgeBertError(
      'integrity',
      `The original in ${original.folder} is another model than ${location.name}: ` +
        `the SHA-256 of its packed header is ${fingerprint}, not ${expected}`,
    );
  }
  const writer = loading.writer(loading.store);
  if (writer.active) {
    const key = loading.keyOf(fingerprint);
    const checksums: number[] = [];
    const write = async (piece: Bytes) => {
      checksums.push(xxHash32(piece));
      await writer.write(key, checksums.length - 1, piece);
    };
    await write(header);
    for await (const piece of exportedPieces(sink, signal)) await write(piece);
    await sink.exportHeader(hashes.slice(1));
    const content = { bytes, hashes, checksums, fingerprint, files: [], notes, kernel };
    await writer.complete(loading.record(fingerprint, content));
  }
  return { fingerprint };
}

/**
 * Calibrates the model that the sink has, if its original is not too large for that; without the script for
 * it, the model works as it is. Returns whether all that was to be done is.
 */
async function calibrate(
  { sink, progress, signal, warn }: Loading,
  original: readonly Bytes[] | undefined,
): Promise<boolean> {
  if (!original) return true;
  try {
    for (let rest = original, done = false; !done; rest = []) {
      progress.end(false, 'calibrate');
      done = await sink.calibrate(rest);
      // Lets a page whose thread does the work show progress, or abort.
      await new Promise((resolve) => setTimeout(resolve));
      throwIfAborted(signal);
    }
    return true;
  } catch (error) {
    throwIfAborted(signal);
    // Whatever the worker was lost of, the model is lost with it.
    if (error instanceof EdgeBertError && ['worker-lost', 'state'].includes(error.code)) throw error;
    warn(
      'network',
      `The model is not calibrated, which makes it slower, and its vectors differ a little: ${messageOf(error)}`,
      error,
    );
    return false;
  }
}

async function loadFloat32(
  loading: Loading,
  { original, file, files, notes, kernel }: OpenedOriginal,
): Promise<LoadedModel> {
  const { sink, store, progress, signal, location, options } = loading;
  const writer = loading.writer(store);
  const provable = original.checkpoint !== undefined;
  // A content that is not known beforehand gets a key of its own, beside what is cached so far.
  const identity = location.version === undefined ? randomDigits() : '';
  const key = loading.keyOf(identity);
  const read = async (again: boolean): Promise<ReadResult> => {
    if (again) file.reread(0);
    return readRemote({
      file,
      expectation: original.checkpoint ?? {},
      keyOf: () => key,
      store: provable && !again && options.cache !== 'reload' ? store : undefined,
      writer,
      beginning: again ? sink.begin(files) : Promise.resolve(kernel),
      sink,
      progress,
      signal,
    });
  };
  try {
    const result = await read(false).catch(async (error: unknown) => {
      // One hash of the whole file can't tell which piece is wrong: one that an earlier visit stored?
      if (!isWrong(error) || !provable || !store) throw error;
      await writer.discard(key);
      return read(true);
    });
    await sink.finish();
    const fingerprint = await originalFingerprint(result.hashes, files);
    await writer.complete(loading.record(identity, { ...result, fingerprint, files, notes }));
    return { fingerprint };
  } catch (error) {
    if (isWrong(error) || !provable) await writer.discard(key);
    throw error;
  }
}

/** Hexadecimal digits; `crypto.randomUUID` would need a page from https. */
function randomDigits(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
