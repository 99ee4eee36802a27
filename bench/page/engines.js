// The engines, each behind the same two steps: load, and prepare a call.
//
// `prepare` gets the texts of one call as { text, ids } and returns a function without arguments
// that gives their unit vectors, one after the other. What an engine is not to be charged for, it
// does in `prepare`.

const DIMENSION = 384;

export const engines = {
  'edgebert-int8': (options) => loadEdgebert(options),
  'edgebert-simd128': (options) => loadEdgebert({ kernel: 'simd128', ...options }),
  'edgebert-relaxed': (options) => loadEdgebert({ kernel: 'relaxed', ...options }),
  'edgebert-compact': (options) => loadEdgebert({ precision: 'compact', ...options }),
  'edgebert-f32': (options) => loadEdgebert({ precision: 'f32', ...options }),
  // An earlier version knows the file that it was made with.
  baseline: (options) => loadEdgebert({ baseUrl: '/baseline/models', ...options }, '/baseline/dist/index.js'),
  'ort-int8': () => loadOrt('/onnx/int8.onnx'),
  'ort-int8-sorted': () => loadOrt('/onnx/int8.onnx', { batch: SORTED_BATCH }),
  'ort-f32': () => loadOrt('/onnx/f32.onnx'),
  transformers: () => preparedTransformers(),
};

/** Those of the bench on WebGPU, and one worker of wasm beside them. */
export const gpuEngines = {
  'edgebert-webgpu': () => loadWorker('webgpu', 'bulk'),
  'edgebert-worker': () => loadWorker('wasm', 'interactive'),
  'ort-webgpu': () => loadOrt('/onnx/f32.onnx', { provider: 'webgpu' }),
  'transformers-webgpu': () => preparedTransformers({ device: 'webgpu', dtype: 'fp32' }),
};

/** The package in one file, as a page without a bundler loads it; version 0.1.0 is published that way. */
const OURS = '/dist/edgebert.min.js';
/** Texts that are padded together once they are sorted by length: sentence-transformers' own number. */
const SORTED_BATCH = 32;

/** @param options of `from_type`, in place of `cache: 'none'` */
export async function loadEdgebert(options, script = OURS) {
  const { WasmModel, WasmModelType } = await import(script);
  const model = await WasmModel.from_type(WasmModelType.MiniLML6V2, {
    baseUrl: options?.precision === 'f32' ? '/hub' : '/models',
    cache: 'none',
    ...options,
  });
  return {
    model,
    prepare(texts) {
      const strings = texts.map(({ text }) => text);
      return () => model.encode(strings, true);
    },
  };
}

async function loadWorker(device, priority) {
  const { WorkerModel, MiniLML6V2 } = await import('/dist/index.js');
  const model = await WorkerModel.from_type(MiniLML6V2, { baseUrl: '/models', cache: 'none', device });
  if (model.info.device !== device) throw new Error(`the model is on ${model.info.device}`);
  return {
    prepare(texts) {
      const strings = texts.map(({ text }) => text);
      return () => model.encode(strings, { priority });
    },
  };
}

/**
 * onnxruntime-web alone: it gets word pieces, and the mean of its output is taken here. Texts are sorted
 * by length and run in batches of `batch` where there are more.
 */
async function loadOrt(url, { batch = Infinity, provider = 'wasm' } = {}) {
  // Its own, not that which transformers.js imports by that name.
  const ort = await import(`/onnxruntime-web/dist/ort.${provider}.bundle.min.mjs`);
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = '/onnxruntime-web/dist/';
  const session = await ort.InferenceSession.create(url, {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
  });
  return {
    prepare(texts) {
      const order = texts.map((_, place) => place);
      if (batch < texts.length) order.sort((one, other) => texts[other].ids.length - texts[one].ids.length);
      const batches = [];
      for (let first = 0; first < texts.length; first += batch) {
        const places = order.slice(first, first + batch);
        batches.push({
          places,
          ...feedsOf(
            ort,
            session,
            places.map((place) => texts[place]),
          ),
        });
      }
      return async () => {
        const vectors = new Float32Array(texts.length * DIMENSION);
        for (const { places, feeds, lengths, width } of batches) {
          const { last_hidden_state: states } = await session.run(feeds);
          unitMeans(states.data, places, lengths, width, vectors);
        }
        return vectors;
      };
    },
  };
}

/** The shorter texts of a call are padded to the longest, as the model's inputs want it. */
function feedsOf(ort, session, texts) {
  const lengths = texts.map(({ ids }) => ids.length);
  const width = Math.max(...lengths);
  const shape = [texts.length, width];
  const [ids, mask, types] = Array.from({ length: 3 }, () => new BigInt64Array(texts.length * width));
  texts.forEach((text, row) => {
    text.ids.forEach((id, column) => {
      ids[row * width + column] = BigInt(id);
      mask[row * width + column] = 1n;
    });
  });
  const all = { input_ids: ids, attention_mask: mask, token_type_ids: types };
  const feeds = session.inputNames.map((name) => [name, new ort.Tensor('int64', all[name], shape)]);
  return { feeds: Object.fromEntries(feeds), lengths, width };
}

/** Writes the vector of each text to its place in `out`. */
function unitMeans(states, places, lengths, width, out) {
  lengths.forEach((length, row) => {
    const vector = out.subarray(places[row] * DIMENSION, (places[row] + 1) * DIMENSION);
    for (let token = 0; token < length; token++) {
      const start = (row * width + token) * DIMENSION;
      for (let i = 0; i < DIMENSION; i++) vector[i] += states[start + i];
    }
    const norm = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
    vector.forEach((x, i) => (vector[i] = x / norm));
  });
}

/** transformers.js as its users call it: texts in, pooled and normalised vectors out. */
async function preparedTransformers(options) {
  const extract = await loadTransformers(1, options);
  return {
    prepare(texts) {
      const strings = texts.map(({ text }) => text);
      return async () => (await extract(strings, { pooling: 'mean', normalize: true })).data;
    },
  };
}

/** Its pipeline for one of the models that are served, with so many threads; `options` are its own. */
export async function loadTransformers(threads, options = { device: 'wasm', dtype: 'q8' }, model = 'MiniLM') {
  const { env, pipeline } = await import('@huggingface/transformers');
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = '/transformers-model/';
  const { wasm } = env.backends.onnx;
  wasm.numThreads = threads;
  // The files that it would fetch from a CDN, from here.
  const local = (url) => url.replace(/^.*\//, '/transformers-onnxruntime-web/dist/');
  wasm.wasmPaths = { mjs: local(wasm.wasmPaths.mjs), wasm: local(wasm.wasmPaths.wasm) };
  return pipeline('feature-extraction', model, options);
}
