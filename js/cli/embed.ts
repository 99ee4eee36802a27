import { WorkerModel } from '../models/worker-model.js';
import { EmbedJob, INVALID, type Signature } from './embed-job.js';
import { UsageError } from './errors.js';
import { checkDistinct, checkFieldOptions, INPUT_OPTIONS } from './input/options.js';
import { RecordReader } from './input/reader.js';
import { InvalidInput, INVALID_POLICIES, type FieldNames, type TextRecord } from './input/record.js';
import { findSources, INPUT_FORMATS, type Source } from './input/sources.js';
import { encodeValues, loadModel } from './model.js';
import { choice, count, defaultWorkers, MODEL_OPTIONS, parse, type ParsedValues } from './options.js';
import { OutputFiles, removeShardsFrom } from './output/files.js';
import {
  isBare,
  isResumable,
  needsFile,
  outputFormat,
  OUTPUT_FORMATS,
  type OutputFormat,
} from './output/formats.js';
import { isStream } from './output/target.js';
import type { OutputSchema } from './output/writer.js';
import { duration, number, Progress } from './progress.js';
import { EMBED_USAGE } from './usage.js';
import { version } from './version.js';

const OPTIONS = {
  ...MODEL_OPTIONS,
  ...INPUT_OPTIONS,
  output: { type: 'string', short: 'o' },
  format: { type: 'string' },
  'vector-field': { type: 'string' },
  'no-text': { type: 'boolean' },
  'no-normalize': { type: 'boolean' },
  shards: { type: 'string' },
  'shard-rows': { type: 'string' },
  append: { type: 'boolean' },
  resume: { type: 'boolean' },
  workers: { type: 'string' },
} as const;

/** `edgebert embed`. */
export async function embed(args: string[]): Promise<void> {
  const { values, positionals } = parse(args, OPTIONS);
  if (values.help) return void process.stdout.write(EMBED_USAGE);
  if (positionals.length > 0) throw new UsageError(`embed reads texts with --input, not '${positionals[0]}'`);
  const { 'text-field': text, 'id-field': id } = values;
  const plan = planOf(values);
  const progress = new Progress(values.quiet ?? false);
  const sources = await findSources(values.input, plan.inputFormat);
  checkFieldOptions({ 'id-field': id, 'text-field': text }, sources);

  const model = await loadModel(WorkerModel, values, { workers: plan.workers }, progress);
  try {
    await embedAll(model, plan, sources, progress);
  } finally {
    model.terminate();
  }
}

interface Plan {
  readonly inputFormat: Source['format'] | undefined;
  readonly names: FieldNames;
  readonly invalid: (typeof INVALID_POLICIES)[number];
  /** Undefined for the standard output. */
  readonly path: string | undefined;
  /** Whether the output can only be written forwards: the standard output, a pipe or a device. */
  readonly stream: boolean;
  readonly format: OutputFormat;
  readonly shards: number | undefined;
  readonly shardRows: number | undefined;
  readonly append: boolean;
  readonly resume: boolean;
  readonly workers: number;
  readonly normalize: boolean;
  readonly withText: boolean;
  readonly vectorField: string;
  readonly encoding: { readonly prompt?: string; readonly dimension?: number };
}

function planOf(values: ParsedValues<typeof OPTIONS>): Plan {
  const path = values.output === '-' ? undefined : values.output;
  const format = outputFormat(path, choice('format', values.format, OUTPUT_FORMATS));
  const plan: Plan = {
    stream: path === undefined || isStream(path),
    inputFormat: choice('input-format', values['input-format'], INPUT_FORMATS),
    names: { text: values['text-field'] ?? 'text', id: values['id-field'] },
    invalid: choice('invalid', values.invalid, INVALID_POLICIES) ?? 'fail',
    path,
    format,
    shards: count('shards', values.shards),
    shardRows: count('shard-rows', values['shard-rows']),
    append: values.append ?? false,
    resume: values.resume ?? false,
    workers: count('workers', values.workers) ?? defaultWorkers(),
    normalize: !values['no-normalize'],
    withText: !values['no-text'],
    vectorField: values['vector-field'] ?? 'vector',
    encoding: encodeValues(values),
  };
  checkPlan(plan);
  checkOutputFields(values, format);
  return plan;
}

function checkPlan({ stream, format, shards, shardRows, append, resume, names, vectorField }: Plan): void {
  if (stream) {
    if (needsFile(format)) throw new UsageError(`--format ${format} needs a file: name it with --output`);
    for (const [option, given] of Object.entries({ shards, 'shard-rows': shardRows, append, resume })) {
      if (given) throw new UsageError(`--${option} needs a file: name it with --output`);
    }
  }
  checkDistinct({ 'text-field': names.text, 'id-field': names.id, 'vector-field': vectorField });
  if (shards !== undefined && shardRows !== undefined) {
    throw new UsageError('--shards and --shard-rows exclude each other');
  }
  const sharded = shards !== undefined || shardRows !== undefined;
  if (append && sharded) throw new UsageError('--append continues one file, and --shards makes several');
  if (append && !isResumable(format)) {
    throw new UsageError(`a ${format} file cannot be appended to: write another one, or --shard-rows`);
  }
  if (resume && !sharded && !isResumable(format)) {
    throw new UsageError(`a ${format} file cannot be resumed in its middle: use it with --shard-rows`);
  }
}

/** What an output of this format has no place for. */
function checkOutputFields(values: ParsedValues<typeof OPTIONS>, format: OutputFormat): void {
  for (const option of ['id-field', 'vector-field'] as const) {
    if (values[option] === undefined || !isBare(format)) continue;
    throw new UsageError(
      `--${option}: a ${format} file holds vectors alone; jsonl, arrow and parquet hold fields`,
    );
  }
  if (values['no-normalize'] && format === 'int8') {
    throw new UsageError('--no-normalize: int8 rows are scaled by their largest number in any case');
  }
}

/** Rows of each of `--shards` files, which takes a first pass over the input. */
async function rowsOfShards(
  sources: readonly Source[],
  plan: Plan,
  progress: Progress,
): Promise<number | undefined> {
  if (plan.shards === undefined) return plan.shardRows;
  if (sources.some(({ path }) => path === undefined)) {
    throw new UsageError(
      '--shards reads the input twice, and the standard input comes once: use --shard-rows',
    );
  }
  const reader = new RecordReader(sources, plan.names, new InvalidInput(plan.invalid));
  let rows = 0;
  for await (const _ of reader.records()) {
    rows++;
    progress.show('counting', reader.share, () => `${number(rows)} texts`);
  }
  progress.clear();
  return Math.max(1, Math.ceil(rows / plan.shards));
}

async function embedAll(
  model: WorkerModel,
  plan: Plan,
  sources: readonly Source[],
  progress: Progress,
): Promise<void> {
  const schema = schemaOf(model, plan);
  const { job, files } = await openOutputs(model, plan, schema, sources, progress);
  const invalid = new InvalidInput(plan.invalid);
  const reader = new RecordReader(sources, plan.names, invalid, (message) => progress.warn(message));
  const began = performance.now();
  let rows = 0;
  try {
    await job?.save();
    const options = { ...plan.encoding, normalize: plan.normalize };
    rows = await encodeRecords(model, options, reader, job?.done ?? 0, files, progress);
    if (reader.failure) throw reader.failure;
    await job?.checkOwn();
    await files.finish();
    if (plan.path !== undefined && job?.rowsPerShard !== undefined)
      await removeShardsFrom(plan.path, files.shards);
    await job?.end();
  } catch (error) {
    progress.clear();
    const kept = await files.suspend();
    if (!kept) await job?.end();
    else if (await job?.isOwn())
      progress.warn(`${plan.path} is unfinished; the same command with --resume continues it`);
    throw error;
  }
  const milliseconds = performance.now() - began;
  const parts = [
    `${number(rows)} texts`,
    ...(job && job.done > 0 ? [`${number(job.done)} before them`] : []),
    ...(model.truncatedTexts > 0 ? [`${number(model.truncatedTexts)} cut at ${model.maxLength} tokens`] : []),
    ...(invalid.summary ? [invalid.summary] : []),
    `${schema.dimension} dimensions`,
    `${number(model.encodedTokens)} tokens`,
    duration(milliseconds),
    ...(rows > 0 ? [`${number((1000 * rows) / milliseconds)} a second`] : []),
  ];
  progress.say(parts.join(', '));
}

/** What made the vectors: the metadata of Arrow and Parquet files, and what a resumed job must share. */
function provenance(
  model: WorkerModel,
  { normalize, encoding }: Plan,
): Record<string, string | number | boolean> {
  const { name, fingerprint, precision } = model.info;
  return {
    ...(name !== undefined && { model: name }),
    ...(fingerprint !== undefined && { fingerprint }),
    precision,
    dimension: encoding.dimension ?? model.dimension,
    normalized: normalize,
    ...(encoding.prompt !== undefined && { prompt: encoding.prompt }),
    'max-length': model.maxLength,
    version: version(),
  };
}

function schemaOf(model: WorkerModel, plan: Plan): OutputSchema {
  return {
    dimension: plan.encoding.dimension ?? model.dimension,
    textField: plan.withText ? plan.names.text : undefined,
    idField: plan.names.id,
    vectorField: plan.vectorField,
    // One key: parquet-wasm writes several in an order that differs from file to file.
    metadata: new Map([['edgebert', JSON.stringify(provenance(model, plan))]]),
  };
}

async function openOutputs(
  model: WorkerModel,
  plan: Plan,
  schema: OutputSchema,
  sources: readonly Source[],
  progress: Progress,
): Promise<{ job: EmbedJob | undefined; files: OutputFiles }> {
  const { path, stream, format, shards, append } = plan;
  const signature: Signature = {
    ...provenance(model, plan),
    inputs: sources.map(({ name, size, modified }) => [name, size, modified]),
    'input format': plan.inputFormat,
    fields: [plan.names, schema.textField, schema.vectorField],
    [INVALID]: plan.invalid,
    format,
    shards: [shards, plan.shardRows],
    append,
  };
  let job: EmbedJob | undefined;
  if (path !== undefined && !stream) {
    job = plan.resume ? await EmbedJob.resume(path, format, schema.dimension, signature) : undefined;
    const rowsPerShard = job ? undefined : await rowsOfShards(sources, plan, progress);
    job ??= await EmbedJob.begin(path, format, schema.dimension, signature, { append, rowsPerShard });
  }
  const files = new OutputFiles(
    { path, format, schema, rowsPerShard: job?.rowsPerShard, shards },
    job?.start ?? { shards: 0, rows: 0, bytes: 0 },
    async (done) => job?.shardDone(done),
  );
  await files.open();
  return { job, files };
}

/** Encodes the records after the first `skip`; a few hundred of them are in memory at a time. */
async function encodeRecords(
  model: WorkerModel,
  options: { normalize: boolean; prompt?: string; dimension?: number },
  reader: RecordReader,
  skip: number,
  files: OutputFiles,
  progress: Progress,
): Promise<number> {
  const underWay: TextRecord[] = [];
  let skipped = 0;
  async function* texts() {
    for await (const record of reader.records()) {
      if (skipped++ < skip) continue;
      underWay.push(record);
      yield record.text;
    }
  }
  const began = performance.now();
  let first: number | undefined;
  let rows = 0;
  for await (const vector of model.encodeStream(texts(), options)) {
    await files.add(underWay.shift()!, vector);
    rows++;
    const { share } = reader;
    first ??= share;
    progress.show('texts', share, () => {
      const elapsed = performance.now() - began;
      const done = share === undefined || first === undefined ? 0 : share - first;
      const left = done > 0 ? `, ${duration((elapsed * (1 - share!)) / done)} left` : '';
      return `${number(rows)}, ${number((1000 * rows) / elapsed)} a second${left}`;
    });
  }
  progress.clear();
  return rows;
}
