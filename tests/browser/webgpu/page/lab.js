// Engines and GPU lanes on a page's own thread, where a test can reach all of them.
import initialise, { Loader } from '/dist/engine/bindings.js';
import { openLane } from '/dist/webgpu.js';
import { Twin } from './twin.js';

export { onSubmit, standingClock } from './rates.js';

/** An engine with the model in a folder of the test server. */
export async function load(folder) {
  const { pack } = await import('edgebert');
  return build([], new Uint8Array(await (await pack(folder)).arrayBuffer()));
}

/** The same, calibrated: its maps multiply their inputs by an equalization. */
export async function loadCalibrated(folder) {
  const { packInt8 } = await import('/dist/pack.js');
  return build([], new Uint8Array(await (await packInt8(folder)).arrayBuffer()));
}

/** The same from a calibrated compact file: `version` is what its header says. */
export async function loadCompact(folder, texts) {
  const { packCompact } = await import('/dist/pack.js');
  const file = new Uint8Array(await (await packCompact(folder, { size: 1, texts })).arrayBuffer());
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const { __metadata__: about } = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  return { engine: await build([], file), version: about.version };
}

/** An engine with a model of these files. */
export async function build(texts, weights, precision = 'int8') {
  await initialise({ module_or_path: '/dist/edgebert_bg.wasm' });
  const loader = new Loader(precision);
  for (const [name, text] of texts) loader.file(name, text);
  loader.push(weights);
  return loader.finish();
}

/** A layer's norms, and its maps with their outputs and inputs: letters of `sizes` below. */
const LAYERS = {
  bert: {
    maps: {
      'attention.self.query': 'hh',
      'attention.self.key': 'hh',
      'attention.self.value': 'hh',
      'attention.output.dense': 'hh',
      'intermediate.dense': 'ih',
      'output.dense': 'hi',
    },
    norms: ['attention.output.LayerNorm', 'output.LayerNorm'],
  },
  mpnet: {
    maps: {
      'attention.attn.q': 'hh',
      'attention.attn.k': 'hh',
      'attention.attn.v': 'hh',
      'attention.attn.o': 'hh',
      'intermediate.dense': 'ih',
      'output.dense': 'hi',
    },
    norms: ['attention.LayerNorm', 'output.LayerNorm'],
  },
  modernbert: {
    maps: { 'attn.Wqkv': '3h', 'attn.Wo': 'hh', 'mlp.Wi': '2h', 'mlp.Wo': 'hi' },
    norms: ['attn_norm', 'mlp_norm'],
  },
};

/** A model with random weights and the tokenizer of `tokenizer`, whose vocabulary has `vocabulary` tokens. */
export async function random({ type, hidden, heads, layers, intermediate, activation, ...rest }) {
  const { vocabulary, tokenizer, positions = 514 } = rest;
  const isModern = type === 'modernbert';
  let seed = 1;
  const next = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32 - 0.5;
  };
  const header = {};
  const parts = [];
  let offset = 0;
  const add = (name, shape, value) => {
    const length = shape.reduce((product, size) => product * size);
    const bytes = new Uint8Array(Float32Array.from({ length }, value).buffer);
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, (offset += bytes.length)] };
    parts.push(bytes);
  };
  const norm = (name) => {
    add(`${name}.weight`, [hidden], () => 1 + next());
    if (!isModern) add(`${name}.bias`, [hidden], next);
  };
  const linear = (name, outputs, inputs) => {
    add(`${name}.weight`, [outputs, inputs], () => (2 * next()) / Math.sqrt(inputs));
    if (!isModern) add(`${name}.bias`, [outputs], next);
  };
  add(`embeddings.${isModern ? 'tok' : 'word'}_embeddings.weight`, [vocabulary, hidden], next);
  if (!isModern) add('embeddings.position_embeddings.weight', [positions, hidden], next);
  if (type === 'bert') add('embeddings.token_type_embeddings.weight', [2, hidden], next);
  if (type === 'mpnet') add('encoder.relative_attention_bias.weight', [32, heads], () => 6 * next());
  norm(isModern ? 'embeddings.norm' : 'embeddings.LayerNorm');
  const sizes = { h: hidden, i: intermediate, 2: 2 * intermediate, 3: 3 * hidden };
  for (let layer = 0; layer < layers; layer++) {
    const at = `${isModern ? '' : 'encoder.'}layer${isModern ? 's' : ''}.${layer}`;
    const { maps, norms } = LAYERS[type];
    for (const [map, [outputs, inputs]] of Object.entries(maps)) {
      linear(`${at}.${map}`, sizes[outputs], sizes[inputs]);
    }
    for (const name of norms) if (!(name === 'attn_norm' && layer === 0)) norm(`${at}.${name}`);
  }
  if (isModern) norm('final_norm');
  const json = new TextEncoder().encode(JSON.stringify(header).padEnd(2 ** 16));
  const weights = new Uint8Array(
    await new Blob([new BigUint64Array([BigInt(json.length)]), json, ...parts]).arrayBuffer(),
  );
  const config = {
    ...{ model_type: type, hidden_size: hidden, num_attention_heads: heads, num_hidden_layers: layers },
    ...{ intermediate_size: intermediate, vocab_size: vocabulary, max_position_embeddings: positions },
    [isModern ? 'hidden_activation' : 'hidden_act']: activation,
    ...(isModern && { local_attention: 16, global_attn_every_n_layers: 2 }),
  };
  return build(
    [
      ['config.json', JSON.stringify(config)],
      ['tokenizer.json', await (await fetch(tokenizer)).text()],
    ],
    weights,
  );
}

/** What wasm makes of a lane's work. */
export function onWasm(engine, work) {
  return 'query' in work
    ? engine.score(work.query, [...work.texts])
    : engine.encode([...work.texts], work.settings.normalize, work.settings.prompt);
}

/**
 * A lane, what it has said on shutting, and how often wasm had to do its work; `beforeWasm` is called with
 * that.
 */
export async function open(engine, trial, beforeWasm = () => {}) {
  const seen = { lane: undefined, shut: [], wasm: 0 };
  const host = {
    engine,
    onWasm: (work) => {
      seen.wasm++;
      beforeWasm(work);
      return onWasm(engine, work);
    },
    onShut: (reason) => seen.shut.push(reason),
  };
  seen.lane = await openLane(host, trial);
  return seen;
}

/** Work for a lane: texts to be encoded. */
export function encoding(engine, texts, { normalize = true, prompt = '' } = {}) {
  return { texts, settings: { normalize, prompt, dimension: engine.dimension } };
}

/**
 * The largest difference between the GPU's hidden states of `work` and a float64 twin's, relative to the
 * largest of those; and that between the GPU's numbers and wasm's.
 */
export async function compare(engine, lane, work) {
  const finished = [];
  const { finish } = engine;
  engine.finish = (rows, ...rest) => {
    finished.push(rows.slice());
    return finish.call(engine, rows, ...rest);
  };
  const numbers = await lane.run(work);
  delete engine.finish;
  const tokens =
    'query' in work
      ? engine.tokenizePairs(work.query, [...work.texts])
      : engine.tokenizeBatch([...work.texts], work.settings.prompt);
  const twin = twinOf(engine);
  const expected = [];
  let at = 0;
  for (const length of tokens.lengths) {
    expected.push(
      ...twin.hidden(tokens.ids.subarray(at, at + length), tokens.types.subarray(at, at + length)),
    );
    at += length;
  }
  const found = finished.flatMap((rows) => [...rows]);
  const flat = expected.flatMap((row) => [...row]);
  return {
    count: found.length === flat.length ? found.length : NaN,
    twin: largestDifference(found, flat) / Math.max(...flat.map(Math.abs)),
    wasm: largestDifference(numbers, onWasm(engine, work)),
    numbers: [...numbers],
  };
}

/** NaN if any number of the two is. */
export function largestDifference(a, b) {
  let largest = a.length === b.length ? 0 : NaN;
  a.forEach((x, i) => {
    const difference = Math.abs(x - b[i]);
    if (!(difference <= largest)) largest = difference;
  });
  return largest;
}

/** The names of the tensors of an engine's packed file. */
export function tensorNames(engine) {
  const exporter = engine.exporter();
  const names = Object.keys(JSON.parse(exporter.layout()));
  exporter.free();
  return names;
}

export function twinOf(engine) {
  const exporter = engine.exporter();
  const pieces = [];
  for (let piece = exporter.next(engine); piece; piece = exporter.next(engine)) pieces.push(piece);
  const layout = exporter.layout();
  exporter.free();
  const data = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    data.set(piece, at);
    at += piece.length;
  }
  return new Twin(layout, data);
}

/**
 * Puts a GPU of a test's own in the platform's place. `change` gets each device that is made, and may give
 * another one back; `info` does so with what is said of the adapter.
 */
export function wrapGpu({
  requestAdapter,
  requestDevice,
  info = (told) => told,
  device: change = (device) => device,
} = {}) {
  const real = Object.getOwnPropertyDescriptor(Navigator.prototype, 'gpu').get.call(navigator);
  const gpu = {
    requestAdapter:
      requestAdapter ??
      (async (options) => {
        const adapter = await real.requestAdapter(options);
        return {
          info: info(adapter.info),
          limits: adapter.limits,
          requestDevice:
            requestDevice ?? (async (descriptor) => change(await adapter.requestDevice(descriptor))),
        };
      }),
  };
  Object.defineProperty(navigator, 'gpu', { configurable: true, value: gpu });
}

/**
 * One device for all lanes of the page, so that equal shaders are compiled once. `once` gets it, `destroy` is
 * called in place of its own function, and `info` is that of `wrapGpu`.
 */
export function shareDevice({ info, once = () => {}, destroy = () => {} } = {}) {
  let shared;
  wrapGpu({
    info,
    device: (device) => {
      if (!shared) {
        once(device);
        shared = changed(device, { destroy });
      }
      return shared;
    },
  });
}

/**
 * A device that does as the platform's does but for the functions in `changes`; each gets the platform's
 * own function and then the arguments.
 */
export function changed(device, changes) {
  return new Proxy(device, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const own = value.bind(target);
      return name in changes ? (...values) => changes[name](own, ...values) : own;
    },
  });
}

/** The bytes of a device's buffers that live, in all. */
export function countingBytes(device) {
  const count = { live: 0, changed: undefined };
  count.changed = changed(device, {
    createBuffer: (create, descriptor) => {
      const buffer = create(descriptor);
      count.live += descriptor.size;
      const destroy = buffer.destroy.bind(buffer);
      let destroyed = false;
      buffer.destroy = () => {
        if (!destroyed) count.live -= descriptor.size;
        destroyed = true;
        destroy();
      };
      return buffer;
    },
  });
  return count;
}

/** A device that has no memory for buffers of more than `most` bytes. */
export function shortOfMemory(device, most) {
  const scopes = [];
  return changed(device, {
    pushErrorScope: (push, filter) => {
      scopes.push({ filter, error: null });
      push(filter);
    },
    popErrorScope: async (pop) => {
      const { error } = scopes.pop();
      return (await pop()) ?? error;
    },
    createBuffer: (create, descriptor) => {
      if (descriptor.size > most) {
        const scope = scopes.findLast(({ filter }) => filter === 'out-of-memory');
        scope.error = new GPUOutOfMemoryError('no memory');
      }
      return create(descriptor);
    },
  });
}
