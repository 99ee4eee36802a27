import { throwIfAborted } from '../shared/abort.js';
import { EdgeBertError } from '../shared/errors.js';
import { sha256 } from '../shared/sha256.js';
import type { Bytes, NamedText } from '../shared/types.js';
import { headerFields, type DecodedFile } from './safetensors.js';
import type { ModelSink } from './types.js';

/** The packed file that an engine's int8 model makes, without its data. */
export interface PackedContent {
  readonly header: Bytes;
  /** SHA-256 of every piece, the header first; the header's identifies the content. */
  readonly hashes: readonly [fingerprint: string, ...pieces: string[]];
  /** Size of the whole file. */
  readonly bytes: number;
}

/**
 * Hashes the packed file that `sink`'s model makes: the header lists the hashes of all pieces, so
 * that its own hash identifies the content, whether the model was downloaded packed or converted.
 */
export async function packedContent(
  sink: ModelSink,
  signal: AbortSignal | undefined,
  onPiece: (piece: Bytes) => void = () => {},
): Promise<PackedContent> {
  const pieces: string[] = [];
  let bytes = 0;
  for await (const piece of exportedPieces(sink, signal)) {
    pieces.push(await sha256(piece));
    bytes += piece.length;
    onPiece(piece);
  }
  const header = await sink.exportHeader(pieces);
  return { header, hashes: [await sha256(header), ...pieces], bytes: header.length + bytes };
}

/**
 * The fingerprint of a compact model that `sink` has finished: that of the int8 model which it was decoded
 * into. It is compared with what the file says, if this engine writes the same version of packed files.
 *
 * @param name the file's, for errors
 */
export async function decodedFingerprint(
  decoded: DecodedFile,
  name: string,
  sink: ModelSink,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { header, hashes } = await packedContent(sink, signal);
  const { metadata } = headerFields(header.subarray(8), name);
  const { version } = metadata as { version?: string };
  if (version === decoded.version && hashes[0] !== decoded.sha256) {
    throw new EdgeBertError(
      'integrity',
      `${name} was decoded into other weights than were coded: the SHA-256 of their packed header is ${hashes[0]}, ` +
        `not ${decoded.sha256}`,
    );
  }
  return decoded.sha256;
}

/** The pieces after the header. After the last one, `exportHeader` must be called. */
export async function* exportedPieces(
  sink: ModelSink,
  signal: AbortSignal | undefined,
): AsyncGenerator<Bytes, void, undefined> {
  for (;;) {
    throwIfAborted(signal);
    const piece = await sink.exportPiece();
    if (!piece) return;
    yield piece;
  }
}

/** Identifies a float32 model: its weights' pieces, and what the files beside them say. */
export async function originalFingerprint(
  hashes: readonly string[],
  files: readonly NamedText[],
): Promise<string> {
  const sorted = [...files].sort(([one], [other]) => (one < other ? -1 : 1));
  return sha256(new TextEncoder().encode(JSON.stringify(['f32', hashes, sorted])));
}
