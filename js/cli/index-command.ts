import { WorkerModel } from '../models/worker-model.js';
import { SearchIndex } from '../search/index/search-index.js';
import type { IndexPrecision, ModelIdentity } from '../search/index/types.js';
import { indexDocuments } from './documents.js';
import { Failure, UsageError } from './errors.js';
import { checkDistinct, checkFieldOptions, INPUT_OPTIONS } from './input/options.js';
import { RecordReader } from './input/reader.js';
import { idOf, InvalidInput, INVALID_POLICIES, type FieldNames, type TextRecord } from './input/record.js';
import { metadataOf } from './input/metadata.js';
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
/** Entries that are put into the index at a time. */
const BATCH = 1024;

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
  const reader = new RecordReader(sources, names, invalid);
  const output = await openOutput(values.output);
  const began = performance.now();
  try {
    const { file, size } = values.documents
      ? await indexDocuments(reader, values, progress)
      : await indexEntries(reader, new IndexBuilder(precision, !values['no-text']), names, values, progress);
    for (const part of file) await output.write(part);
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
  builder: IndexBuilder,
  names: FieldNames,
  values: Values,
  progress: Progress,
): Promise<{ file: Iterable<Uint8Array>; size: number }> {
  if (names.vector === undefined) await addTexts(builder, reader, values, progress);
  else await addVectors(builder, reader, values, progress);
  if (reader.failure) throw reader.failure;
  const index = builder.finish();
  return { file: index.parts(), size: index.size };
}

async function addTexts(
  builder: IndexBuilder,
  reader: RecordReader,
  values: Values,
  progress: Progress,
): Promise<void> {
  const workers = count('workers', values.workers) ?? defaultWorkers();
  const model = await loadModel(WorkerModel, values, { workers }, progress);
  try {
    const options = encodeValues(values);
    const { name = modelName(values.model), fingerprint } = model.info;
    builder.begin(options.dimension ?? model.dimension, { name, fingerprint });
    const underWay: TextRecord[] = [];
    async function* texts() {
      for await (const record of reader.records()) {
        underWay.push(record);
        yield record.text;
      }
    }
    for await (const vector of model.encodeStream(texts(), options)) {
      builder.add(underWay.shift()!, vector);
      progress.show('texts', reader.share, () => number(builder.size));
    }
  } finally {
    model.terminate();
  }
}

async function addVectors(
  builder: IndexBuilder,
  reader: RecordReader,
  values: Values,
  progress: Progress,
): Promise<void> {
  for await (const record of reader.records()) {
    const vector = record.vector!;
    builder.begin(vector.length, registryModel(values.model)?.name ?? values.model);
    builder.add(record, vector);
    progress.show('vectors', reader.share, () => number(builder.size));
  }
}

/** Collects entries and puts them into an index in batches. */
class IndexBuilder {
  readonly #precision: IndexPrecision;
  readonly #withText: boolean;
  #index: SearchIndex | undefined;
  #batch: { id: string; record: TextRecord; vector: Float32Array }[] = [];
  #size = 0;

  constructor(precision: IndexPrecision, withText: boolean) {
    this.#precision = precision;
    this.#withText = withText;
  }

  get size(): number {
    return this.#size;
  }

  /** Settles the dimension and the model; later calls change nothing. */
  begin(dimension: number, model: string | ModelIdentity | undefined): void {
    this.#index ??= new SearchIndex({ dimension, model, precision: this.#precision });
  }

  add(record: TextRecord, vector: Float32Array): void {
    const id = idOf(record, this.#size);
    const { dimension } = this.#index!;
    if (vector.length !== dimension) {
      throw new Failure(
        `the vector of "${id}" has ${vector.length} numbers, and the first one has ${dimension}`,
      );
    }
    this.#batch.push({ id, record, vector });
    this.#size++;
    if (this.#batch.length === BATCH) this.#flush();
  }

  finish(): SearchIndex {
    if (!this.#index) throw new Failure('there are no records, so the index would have no dimension');
    this.#flush();
    return this.#index;
  }

  #flush(): void {
    const index = this.#index!;
    const ids = this.#batch.map(({ id }) => id);
    const known = ids.find((id, i) => index.has(id) || ids.indexOf(id) !== i);
    if (known !== undefined) throw new Failure(`two records have the id "${known}"`);
    const vectors = new Float32Array(this.#batch.length * index.dimension);
    this.#batch.forEach(({ vector }, i) => vectors.set(vector, i * index.dimension));
    try {
      index.upsertMany(
        ids,
        vectors,
        this.#batch.map(({ record }) => metadataOf(record)),
        this.#batch.map(({ record }) => (this.#withText ? record.text : undefined)),
      );
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) throw new Failure(error.message);
      throw error;
    }
    this.#batch = [];
  }
}
