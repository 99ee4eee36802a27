import { assemble, TinyCheckpoint, type Header } from './safetensors';

/** A model's files, as texts and bytes. */
export interface Files {
  readonly weights: Buffer;
  readonly config: string;
  readonly tokenizer: string;
}

/**
 * The tiny BERT with a pooler and a classifier on top, named as transformers does. With `equal`,
 * every document has the same scores.
 */
export function tinyCrossEncoder(labels: number, { equal = false } = {}): Files {
  const tiny = new TinyCheckpoint();
  const hidden = JSON.parse(tiny.config).hidden_size as number;
  const header: Header = {};
  const parts: Buffer[] = [];
  let offset = 0;
  const add = (name: string, dtype: string, shape: number[], bytes: Buffer) => {
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
    parts.push(bytes);
  };
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(tiny.header)) {
    if (!name.startsWith('pooler')) add(`bert.${name}`, dtype, shape, tiny.data.subarray(...data_offsets));
  }
  const floats = (count: number, value: (i: number) => number) =>
    Buffer.from(Float32Array.from({ length: count }, (_, i) => value(i)).buffer);
  add(
    'bert.pooler.dense.weight',
    'F32',
    [hidden, hidden],
    floats(hidden * hidden, (i) => Math.sin(i)),
  );
  add(
    'bert.pooler.dense.bias',
    'F32',
    [hidden],
    floats(hidden, (i) => Math.cos(i) / 4),
  );
  add(
    'classifier.weight',
    'F32',
    [labels, hidden],
    floats(labels * hidden, (i) => (equal ? 0 : Math.sin(3 * i + 1))),
  );
  add(
    'classifier.bias',
    'F32',
    [labels],
    floats(labels, (i) => i / 8),
  );
  const id2label = Object.fromEntries(Array.from({ length: labels }, (_, i) => [i, `LABEL_${i}`]));
  const config = { ...JSON.parse(tiny.config), architectures: ['BertForSequenceClassification'], id2label };
  // Scores as they are, so that they tell apart what a sigmoid would squeeze together.
  config.sbert_ce_default_activation_function = 'torch.nn.modules.linear.Identity';
  return {
    weights: assemble(header, Buffer.concat(parts)),
    config: JSON.stringify(config),
    tokenizer: tiny.tokenizer,
  };
}
