import { engineCall } from '../engine/engine-call.js';
import type { EngineLoader } from '../engine/engine-loader.js';
import { packedContent } from '../loading/fingerprint.js';
import type { Bytes } from '../shared/types.js';

/** The packed file of a loaded model, with the vocabulary that texts need or all of it. */
export async function packedFile(
  loader: EngineLoader,
  vocabularyFor: Iterable<string> | undefined,
  signal: AbortSignal | undefined,
): Promise<Blob> {
  if (vocabularyFor !== undefined) loader.exportFor(tokensOf(vocabularyFor, loader));
  const pieces: Bytes[] = [];
  const { header } = await packedContent(loader, signal, (piece) => pieces.push(piece));
  return new Blob([header, ...pieces], { type: 'application/octet-stream' });
}

/** The ids of the tokens that texts have, alone and behind each of the model's prompts. */
function tokensOf(texts: Iterable<string>, { engine, info }: EngineLoader): Uint32Array {
  const used = new Set<number>();
  for (const text of texts) {
    for (const prompt of ['', ...Object.values(info.prompts)]) {
      for (const id of engineCall(() => engine.tokenize(prompt + text))) used.add(id);
    }
  }
  return Uint32Array.from(used);
}
