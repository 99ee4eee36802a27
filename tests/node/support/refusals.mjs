// What a model's files can ask for that is not supported: a change to one of a model's files, and the error.
import { filesOf } from './tiny.mjs';

/** A model with every kind of file. */
const MODEL = 'models/dense';

/** A model's files, one of them changed by `change`, which may return another value or text instead. */
function changed(name, path, change) {
  const files = filesOf(name);
  const text = files.get(path)?.toString() ?? '{}';
  const root = JSON.parse(text);
  const made = change(root) ?? root;
  files.set(path, Buffer.from(typeof made === 'string' ? made : JSON.stringify(made)));
  return files;
}

const config = (what, change, message, code = 'unsupported') => ({
  what: `config.json: ${what}`,
  files: () => changed(MODEL, 'config.json', change),
  code,
  message,
});
const tokenizer = (what, change, message, code = 'unsupported', name = MODEL) => ({
  what: `tokenizer.json: ${what}`,
  files: () => changed(name, 'tokenizer.json', change),
  code,
  message,
});
const other = (path, what, change, message, code = 'unsupported', name = MODEL) => ({
  what: `${path}: ${what}`,
  files: () => changed(name, path, change),
  code,
  message,
});
const without = (path, message, code) => ({
  what: `without ${path}`,
  files: () => {
    const files = filesOf(MODEL);
    files.delete(path);
    return files;
  },
  code,
  message,
});

/** `files()` gives a model's files by their paths; loading them must fail with `code` and `message`. */
export const REFUSALS = [
  config('an architecture', (json) => void (json.model_type = 't5'), /config\.json: `model_type`.*t5/),
  config(
    'relative positions',
    (json) => void (json.position_embedding_type = 'relative_key'),
    /config\.json: `position_embedding_type`.*relative_key/,
  ),
  config('rotary positions', (json) => void (json.rope_theta = 10_000), /config\.json: `rope_theta`/),
  config('an activation', (json) => void (json.hidden_act = 'swish7'), /config\.json: `hidden_act`.*swish7/),
  config('a decoder', (json) => void (json.is_decoder = true), /config\.json: `is_decoder`/),
  config('factored embeddings', (json) => void (json.embedding_size = 8), /config\.json: `embedding_size`/),
  config(
    'heads that do not divide',
    (json) => void (json.num_attention_heads = 5),
    /config\.json:/,
    'format',
  ),
  config('a small vocabulary', (json) => void (json.vocab_size = 40), /config\.json: `vocab_size`/, 'format'),
  config('no layers', (json) => void delete json.num_hidden_layers, /`num_hidden_layers`/, 'format'),
  config('not JSON', () => '{"model_type":', /config\.json: `JSON`/, 'format'),

  tokenizer('no file of JSON', () => '{"model":', /tokenizer\.json: `JSON`/, 'format'),
  tokenizer('a model', (json) => void (json.model.type = 'WordLevel'), /tokenizer\.json: `model\.type`/),
  tokenizer(
    'BPE with dropout',
    (json) => void (json.model = { type: 'BPE', dropout: 0.1, vocab: json.model.vocab, merges: [] }),
    /tokenizer\.json: `model\.dropout`/,
  ),
  tokenizer(
    'a normalizer',
    (json) => void (json.normalizer = { type: 'Romanize' }),
    /tokenizer\.json: `normalizer\.type`.*Romanize/,
  ),
  tokenizer(
    'a normalizer within a sequence',
    (json) => void (json.normalizer = { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Odd' }] }),
    /tokenizer\.json: `normalizer\.normalizers\[1]\.type`.*Odd/,
  ),
  tokenizer(
    'a pre-tokenizer',
    (json) => void (json.pre_tokenizer = { type: 'UnicodeScripts' }),
    /tokenizer\.json: `pre_tokenizer\.type`.*UnicodeScripts/,
  ),
  tokenizer(
    'a regular expression',
    (json) =>
      void (json.pre_tokenizer = { type: 'Split', pattern: { Regex: '(?<=a)b' }, behavior: 'Isolated' }),
    /tokenizer\.json: `pre_tokenizer\.pattern/,
  ),
  tokenizer(
    'a post-processor',
    (json) => void (json.post_processor = { type: 'Other' }),
    /tokenizer\.json: `post_processor\.type`.*Other/,
  ),
  tokenizer(
    'no special tokens',
    (json) => void (json.post_processor = null),
    /tokenizer\.json: `post_processor`.*no token around texts/,
  ),
  tokenizer(
    'more special tokens than positions',
    (json) => {
      const [first] = json.post_processor.single;
      json.post_processor.single.unshift(...Array(64).fill(first));
    },
    /tokenizer\.json: `post_processor`.*positions/,
    'format',
  ),
  tokenizer(
    'no unknown token',
    (json) => void (json.model.unk_token = '[NONE]'),
    /tokenizer\.json:.*\[NONE]/,
    'format',
  ),
  without('tokenizer.json', /tokenizer\.json/, 'format'),

  other(
    'modules.json',
    'a module',
    (json) => void (json[4].type = 'sentence_transformers.models.LSTM'),
    /modules\.json: `type`.*LSTM/,
  ),
  other(
    'modules.json',
    'an order',
    (json) => [json[0], json[2], json[1]],
    /modules\.json: `type`.*(Dense|dense)/,
  ),
  other('modules.json', 'not a list', () => ({}), /modules\.json/, 'format'),
  other(
    '1_Pooling/config.json',
    'a pooling',
    (json) => {
      for (const name of Object.keys(json)) if (/^pooling_mode/.test(name)) delete json[name];
      json.pooling_mode = 'attention';
    },
    /1_Pooling\/config\.json: `pooling_mode`.*attention/,
  ),
  other(
    '1_Pooling/config.json',
    'another width',
    (json) => {
      for (const name of ['embedding_dimension', 'word_embedding_dimension']) delete json[name];
      json.word_embedding_dimension = 31;
    },
    /1_Pooling\/config\.json: `word_embedding_dimension`.*hidden size/,
    'format',
  ),
  without('1_Pooling/config.json', /1_Pooling\/config\.json/, 'format'),
  other(
    '4_Dense/config.json',
    'an activation',
    (json) => void (json.activation_function = 'torch.nn.modules.activation.Odd'),
    /4_Dense\/config\.json: `activation_function`.*Odd/,
  ),
  other(
    '2_Dense/config.json',
    'another width',
    (json) => void (json.in_features = 31),
    /2_Dense\/config\.json: `in_features`.*31/,
    'format',
  ),
  other('4_Dense/config.json', 'a residual', (json) => void (json.use_residual = true), /`use_residual`/),
  other(
    'sentence_bert_config.json',
    'no room for a text',
    (json) => void (json.max_seq_length = 1),
    /sentence_bert_config\.json: `max_seq_length`/,
    'format',
  ),
  other(
    'sentence_bert_config.json',
    'arguments of the model',
    (json) => void (json.config_args = { a: 1 }),
    /sentence_bert_config\.json: `config_args`/,
  ),
  other(
    'config_sentence_transformers.json',
    'a shorter vector',
    (json) => void (json.truncate_dim = 8),
    /config_sentence_transformers\.json: `truncate_dim`/,
  ),
  other(
    'config_sentence_transformers.json',
    'a prompt that is none',
    (json) => void (json.default_prompt_name = 'title'),
    /config_sentence_transformers\.json: `default_prompt_name`/,
    'format',
  ),
  tokenizer(
    'a static model with another model',
    (json) => void (json.model.type = 'WordLevel'),
    /tokenizer\.json: `model\.type`/,
    'unsupported',
    'models/static',
  ),
  tokenizer(
    'a model2vec model with another normalizer',
    (json) => void (json.normalizer = { type: 'Romanize' }),
    /tokenizer\.json: `normalizer\.type`/,
    'unsupported',
    'models/model2vec',
  ),
  {
    what: 'config.json: a classifier of an architecture that has none',
    files: () => {
      const classifier = (json) => void (json.architectures = ['ModernBertForSequenceClassification']);
      const files = changed('models/modernbert', 'config.json', classifier);
      files.delete('modules.json');
      return files;
    },
    code: 'unsupported',
    message: /config\.json: `architectures`/,
  },
];

/** What `options` ask of a model that is supported. */
export const UNFIT = [
  {
    what: 'a longer text than the model has positions for',
    files: () => filesOf(MODEL),
    options: { maxLength: 100_000 },
    code: 'unsupported',
    message: /`maxLength`.*100000/,
  },
  {
    what: 'a cross-encoder as an embedding model',
    files: () => filesOf('models/cross-one'),
    options: {},
    code: 'unsupported',
    message: /load it with CrossEncoder/,
  },
];
