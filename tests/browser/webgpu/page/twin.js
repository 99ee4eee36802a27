// An encoder in plain float64 loops, from the packed tensors of a model: what the GPU is compared with.

const NAMES = {
  bert: {
    layer: 'encoder.layer.',
    maps: ['attention.self.query', 'attention.self.key', 'attention.self.value', 'attention.output.dense'],
    forward: ['intermediate.dense', 'output.dense'],
    norms: ['attention.output.LayerNorm', 'output.LayerNorm'],
  },
  distilbert: {
    layer: 'transformer.layer.',
    maps: ['attention.q_lin', 'attention.k_lin', 'attention.v_lin', 'attention.out_lin'],
    forward: ['ffn.lin1', 'ffn.lin2'],
    norms: ['sa_layer_norm', 'output_layer_norm'],
  },
};
NAMES.roberta = NAMES.bert;

const ACTIVATIONS = {
  gelu: (x) => x * normal(x),
  gelu_new: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  relu: (x) => Math.max(x, 0),
  silu: (x) => x / (1 + Math.exp(-x)),
};

/** The normal distribution: its Taylor series near 0, its continued fraction outside. */
function normal(x) {
  const a = Math.abs(x);
  const density = Math.exp(-0.5 * a * a) / Math.sqrt(2 * Math.PI);
  let tail = 0;
  if (a <= 3) {
    let term = a;
    let sum = a;
    for (let n = 1; n < 100; n++) sum += term *= (a * a) / (2 * n + 1);
    tail = 0.5 - density * sum;
  } else {
    let fraction = 0;
    for (let n = 200; n > 0; n--) fraction = n / (a + fraction);
    tail = density / (a + fraction);
  }
  return x > 0 ? 1 - tail : tail;
}

export class Twin {
  #config;
  #names;
  #entries;
  #data;
  #decoded = new Map();

  /** @param layout the packed file's header, @param data what follows it */
  constructor(layout, data) {
    this.#entries = JSON.parse(layout);
    this.#config = JSON.parse(this.#entries.__metadata__.config);
    this.#names = NAMES[this.#config.model_type];
    this.#data = data;
  }

  /** The hidden states of a text, a row for each token. */
  hidden(ids, types) {
    const { hidden_size: hidden, num_hidden_layers: layers, pad_token_id: padding } = this.#config;
    const words = this.#tensor('embeddings.word_embeddings.weight');
    const positions = this.#tensor('embeddings.position_embeddings.weight');
    const kinds = this.#config.type_vocab_size;
    const typeRows = kinds > 0 ? this.#tensor('embeddings.token_type_embeddings.weight') : undefined;
    let next = padding === undefined ? 0 : padding + 1;
    let rows = Array.from(ids, (id, index) => {
      const position = id === padding ? padding : next++;
      const kind = Math.min(types[index] ?? 0, kinds - 1);
      return Float64Array.from(
        { length: hidden },
        (_, i) =>
          words[id * hidden + i] +
          positions[position * hidden + i] +
          (typeRows ? typeRows[kind * hidden + i] : 0),
      );
    });
    rows = this.#norm(rows, 'embeddings.LayerNorm');
    for (let layer = 0; layer < layers; layer++) rows = this.#layer(rows, `${this.#names.layer}${layer}.`);
    return rows;
  }

  #layer(rows, at) {
    const { maps, forward, norms } = this.#names;
    const act = ACTIVATIONS[this.#config.hidden_act];
    const equalized = this.#equalized(rows, at + maps[0]);
    const [queries, keys, values] = maps.slice(0, 3).map((name) => this.#linear(equalized, at + name));
    const context = this.#attention(queries, keys, values);
    const map = (rows, name) => this.#linear(this.#equalized(rows, at + name), at + name);
    const attended = this.#norm(add(map(context, maps[3]), rows), at + norms[0]);
    const wide = map(attended, forward[0]).map((row) => row.map(act));
    return this.#norm(add(map(wide, forward[1]), attended), at + norms[1]);
  }

  #equalized(rows, name) {
    const equalization = `${name}.weight.equalization`;
    if (!(equalization in this.#entries)) return rows;
    const factors = this.#tensor(equalization);
    return rows.map((row) => row.map((x, i) => x * factors[i]));
  }

  #attention(queries, keys, values) {
    const { hidden_size: hidden, num_attention_heads: heads } = this.#config;
    const size = hidden / heads;
    return queries.map((query) => {
      const out = new Float64Array(hidden);
      for (let head = 0; head < heads; head++) {
        const from = head * size;
        const scores = keys.map((key) => {
          let dot = 0;
          for (let i = from; i < from + size; i++) dot += query[i] * key[i];
          return dot / Math.sqrt(size);
        });
        const largest = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - largest));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        weights.forEach((weight, j) => {
          for (let i = from; i < from + size; i++) out[i] += (weight / total) * values[j][i];
        });
      }
      return out;
    });
  }

  #linear(rows, name) {
    const weights = this.#tensor(`${name}.weight`);
    const bias = this.#tensor(`${name}.bias`);
    return rows.map((row) =>
      bias.map((value, n) => {
        let sum = value;
        for (let i = 0; i < row.length; i++) sum += row[i] * weights[n * row.length + i];
        return sum;
      }),
    );
  }

  #norm(rows, name) {
    const gamma = this.#tensor(`${name}.weight`);
    const beta = this.#tensor(`${name}.bias`);
    return rows.map((row) => {
      const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
      const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / row.length;
      const scale = 1 / Math.sqrt(variance + this.#config.layer_norm_eps);
      return row.map((x, i) => (x - mean) * scale * gamma[i] + beta[i]);
    });
  }

  #tensor(name) {
    let found = this.#decoded.get(name);
    if (!found) this.#decoded.set(name, (found = this.#decode(name)));
    return found;
  }

  #decode(name) {
    const { dtype, shape, data_offsets } = this.#entries[name];
    const { buffer } = this.#data.slice(...data_offsets);
    if (dtype === 'F32') return Float64Array.from(new Float32Array(buffer));
    if (dtype === 'BF16') {
      const bits = Uint32Array.from(new Uint16Array(buffer), (half) => half << 16);
      return Float64Array.from(new Float32Array(bits.buffer));
    }
    const [rows, width] = shape;
    const scales = this.#tensor(`${name}.scale`);
    const groups = scales.length / rows;
    const ofMaps = this.#entries.__metadata__.version === '3' ? 64 : 128;
    const group = /word_/.test(name) ? 1024 : /position_/.test(name) ? 32 : ofMaps;
    return Float64Array.from(
      new Int8Array(buffer),
      (value, i) => value * scales[Math.floor(i / width) * groups + Math.floor((i % width) / group)],
    );
  }
}

function add(a, b) {
  return a.map((row, t) => row.map((x, i) => x + b[t][i]));
}
