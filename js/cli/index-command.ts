import { WorkerModel } from '../models/worker-model.js';
import { indexDocuments } from './documents.js';
import { UsageError } from './errors.js';
import { IndexWriter } from './index-writer.js';
import { checkDistinct, checkFieldOptions, INPUT_OPTIONS } from './input/options.js';
import { RecordReader } from './input/reader.js';
import { InvalidInput, INVALID_POLICIES, idOf, type FieldNames, type TextRecord } from './input/record.js';
import { findSources, INPUT_FORMATS } from './input/sources.js';
import { encodeValues, loadModel, modelName, registryModel } from './model.js';
import { choice, count, defaultWorkers, MODEL_OPTIONS, parse, type ParsedValues } from './options.js';
import { openOutput } from './output/target.js';
import { duration, number, Progress } from './progress.js';
import { INDEX_USAGE } from './usage.js';

const OPTIONS = {
  ...MODEL_OPTIONS,
  ...INPUT_OPTIONS,
  'vector-field': { type: 'string' },
  output: { type: 'string', short: 'o' },
  'index-precision': { type: 'string' },
  'no-text': { type: 'boolean' },
  documents: { type: 'boolean' },
  'title-field': { type: 'string' },
  workers: { type: 'string' },
} as const;

type Values = ParsedValues<typeof OPTIONS>;

/** `edgebert index`. */
export async function index(args: string[]): Promise<void> {
  const { values, positionals } = parse(args, OPTIONS);
  if (values.help) return void process.stdout.write(INDEX_USAGE);
  if (positionals.length > 0) throw new UsageError(`index reads texts with --input, not '${positionals[0]}'`);
  if (values.output === undefined) throw new UsageError('--output must name the index file');
  const names: FieldNames = {
    text: values['text-field'] ?? 'text',
    id: values['id-field'],
    vector: values['vector-field'],
  };
  checkDocuments(values);
  checkVectors(values);
  checkDistinct({
    'text-field': names.text,
    'id-field': names.id,
    'vector-field': names.vector,
    'title-field': values['title-field'],
  });
  const precision = choice('index-precision', values['index-precision'], ['int8', 'f32']) ?? 'int8';
  const invalid = new InvalidInput(choice('invalid', values.invalid, INVALID_POLICIES) ?? 'fail');
  const progress = new Progress(values.quiet ?? false);
  const sources = await findSources(
    values.input,
    choice('input-format', values['input-format'], INPUT_FORMATS),
  );
  const { 'text-field': text, 'id-field': id, 'vector-field': vector, 'title-field': title } = values;
  checkFieldOptions(
    { 'id-field': id, 'vector-field': vector, 'title-field': title, 'text-field': text },
    sources,
  );
  const reader = new RecordReader(sources, names, invalid, (message) => progress.warn(message));
  const output = await openOutput(values.output);
  const began = performance.now();
  try {
    const size = values.documents
      ? await indexDocuments(reader, output, values, progress)
      : await indexEntries(
          reader,
          new IndexWriter(output, precision, !values['no-text']),
          values,
          invalid,
          progress,
        );
    await output.finish();
    const kind = values.documents ? 'documents' : 'entries';
    const parts = [`${number(size)} ${kind}`, invalid.summary, duration(performance.now() - began)];
    progress.say(parts.filter(Boolean).join(', '));
  } catch (error) {
    progress.clear();
    await output.discard();
    throw error;
  }
}

/** Documents are cut into passages, which their texts are needed for. */
function checkDocuments({ documents, ...values }: Values): void {
  if (!documents && values['title-field'] !== undefined)
    throw new UsageError('--title-field needs --documents');
  if (!documents) return;
  for (const option of ['no-text', 'dimension', 'prompt', 'index-precision'] as const) {
    if (values[option] !== undefined) throw new UsageError(`--documents and --${option} exclude each other`);
  }
}

/** With ready vectors nothing is encoded, and none can be made up for a record that is not valid. */
function checkVectors({ documents, ...values }: Values): void {
  if (values['vector-field'] === undefined) return;
  if (values.invalid === 'replace') {
    throw new UsageError(
      '--vector-field and --invalid replace exclude each other: a vector cannot be repaired',
    );
  }
  if (documents) return;
  for (const option of ['base-url', 'precision', 'max-length', 'prompt', 'dimension', 'workers'] as const) {
    if (values[option] === undefined) continue;
    throw new UsageError(
      `--${option} is for texts that are encoded, and --vector-field brings their vectors`,
    );
  }
}

async function indexEntries(
  reader: RecordReader,
  writer: IndexWriter,
  values: Values,
  invalid: InvalidInput,
  progress: Progress,
): Promise<number> {
  if (values['vector-field'] === undefined) await addTexts(writer, reader, values, progress);
  else await addVectors(writer, reader, values, invalid, progress);
  if (reader.failure) throw reader.failure;
  await writer.finish();
  return writer.size;
}

async function addTexts(
  writer: IndexWriter,
  reader: RecordReader,
  values: Values,
  progress: Progress,
): Promise<void> {
  const workers = count('workers', values.workers) ?? defaultWorkers();
  const model = await loadModel(WorkerModel, values, { workers }, progress);
  try {
    const options = encodeValues(values);
    const { name = modelName(values.model), fingerprint } = model.info;
    await writer.begin(options.dimension ?? model.dimension, { name, fingerprint });
    const underWay: TextRecord[] = [];
    async function* texts() {
      for await (const record of reader.records()) {
        underWay.push(record);
        yield record.text;
      }
    }
    for await (const vector of model.encodeStream(texts(), options)) {
      await writer.add(underWay.shift()!, vector);
      progress.show('texts', reader.share, () => number(writer.size));
    }
  } finally {
    model.terminate();
  }
}

async function addVectors(
  writer: IndexWriter,
  reader: RecordReader,
  values: Values,
  invalid: InvalidInput,
  progress: Progress,
): Promise<void> {
  const model = registryModel(values.model)?.name ?? values.model;
  for await (const record of reader.records()) {
    const vector = record.vector!;
    await writer.begin(vector.length, model);
    const fault = writer.faultOf(vector);
    if (fault) {
      invalid.handle(`the vector of "${idOf(record, writer.size)}" ${fault}`, () => undefined);
      continue;
    }
    await writer.add(record, vector);
    progress.show('vectors', reader.share, () => number(writer.size));
  }
}
