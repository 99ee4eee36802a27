import { WasmModel } from '../models/wasm-model.js';
import { UsageError } from './errors.js';
import { encodeValues, loadModel } from './model.js';
import { MODEL_OPTIONS, parse } from './options.js';
import { Progress } from './progress.js';
import { SIMILARITY_USAGE } from './usage.js';

/** `edgebert similarity`. */
export async function similarity(args: string[]): Promise<void> {
  const { values, positionals } = parse(args, MODEL_OPTIONS);
  if (values.help) return void process.stdout.write(SIMILARITY_USAGE);
  if (positionals.length !== 2) {
    throw new UsageError(
      `similarity takes two texts, each in quotation marks (received ${positionals.length})`,
    );
  }
  const options = encodeValues(values);
  const model = await loadModel(WasmModel, values, {}, new Progress(values.quiet ?? false));
  const vectors = model.encode(positionals, true, options);
  model.free();
  const dimension = vectors.length / 2;
  let cosine = 0;
  for (let i = 0; i < dimension; i++) cosine += vectors[i]! * vectors[dimension + i]!;
  process.stdout.write(`${cosine.toFixed(4)}\n`);
}
