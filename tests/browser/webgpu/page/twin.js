// An encoder in plain float64 loops, from the packed tensors of a model: what the GPU is compared with.

const BERT = {
  words: 'embeddings.word_embeddings.weight',
  first: 'embeddings.LayerNorm',
  layer: 'encoder.layer.',
  qkv: ['attention.self.query', 'attention.self.key', 'attention.self.value'],
  output: 'attention.output.dense',
  forward: ['intermediate.dense', 'output.dense'],
  norms: ['attention.output.LayerNorm', 'output.LayerNorm'],
};
const NAMES = {
  bert: BERT,
  roberta: BERT,
  distilbert: {
    ...BERT,
    layer: 'transformer.layer.',
    qkv: ['attention.q_lin', 'attention.k_lin', 'attention.v_lin'],
    output: 'attention.out_lin',
    forward: ['ffn.lin1', 'ffn.lin2'],
    norms: ['sa_layer_norm', 'output_layer_norm'],
  },
  mpnet: {
    ...BERT,
    qkv: ['attention.attn.q', 'attention.attn.k', 'attention.attn.v'],
    output: 'attention.attn.o',
    norms: ['attention.LayerNorm', 'output.LayerNorm'],
  },
  modernbert: {
    words: 'embeddings.tok_embeddings.weight',
    first: 'embeddings.norm',
    layer: 'layers.',
    qkv: ['attn.Wqkv'],
    output: 'attn.Wo',
    forward: ['mlp.Wi', 'mlp.Wo'],
    norms: ['attn_norm', 'mlp_norm'],
  },
};
/** Distances from which on MPNet's table has another row, as PyTorch finds them. */
const BUCKETS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91];

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

  /** Every tensor as a float32 checkpoint has it, equalizations multiplied in: name, shape and values. */
  checkpoint() {
    const { qkv } = this.#names;
    return Object.entries(this.#entries)
      .filter(([name, { dtype }]) => dtype && dtype !== 'U8' && !/\.(scale|equalization)$/.test(name))
      .map(([name, { shape }]) => {
        const part = qkv.find((part) => name.endsWith(`${part}.weight`));
        const first = part ? name.replace(part, qkv[0]) : name;
        const factors = this.#optional(`${first}.equalization`);
        const values = this.#tensor(name);
        return [name, shape, factors ? values.map((x, i) => x * factors[i % factors.length]) : values];
      });
  }

  get #isModern() {
    return this.#config.model_type === 'modernbert';
  }

  /** The hidden states of a text, a row for each token. */
  hidden(ids, types) {
    const { hidden_size: hidden, num_hidden_layers: layers, pad_token_id: padding } = this.#config;
    const words = this.#tensor(this.#names.words);
    const positions = this.#isModern ? undefined : this.#tensor('embeddings.position_embeddings.weight');
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
          (positions ? positions[position * hidden + i] : 0) +
          (typeRows ? typeRows[kind * hidden + i] : 0),
      );
    });
    rows = this.#norm(rows, this.#names.first);
    for (let layer = 0; layer < layers; layer++) rows = this.#layer(rows, layer);
    return this.#isModern ? this.#norm(rows, 'final_norm') : rows;
  }

  #layer(rows, index) {
    const { layer, norms } = this.#names;
    const at = `${layer}${index}.`;
    if (!this.#isModern) {
      const attended = this.#norm(add(this.#attention(rows, at, index), rows), at + norms[0]);
      return this.#norm(add(this.#feedForward(attended, at), attended), at + norms[1]);
    }
    const normal = index > 0 ? this.#norm(rows, at + norms[0]) : rows;
    const attended = add(this.#attention(normal, at, index), rows);
    return add(this.#feedForward(this.#norm(attended, at + norms[1]), at), attended);
  }

  #feedForward(rows, at) {
    const [up, down] = this.#names.forward;
    const act = ACTIVATIONS[this.#config.hidden_act ?? this.#config.hidden_activation];
    const wide = this.#linear(rows, at + up, at + up).map((row) => {
      if (!this.#isModern) return row.map(act);
      const half = row.length / 2;
      return row.slice(0, half).map((x, i) => act(x) * row[half + i]);
    });
    return this.#linear(wide, at + down, at + down);
  }

  #attention(rows, at, index) {
    const { qkv, output } = this.#names;
    const { hidden_size: hidden, num_attention_heads: heads } = this.#config;
    // The first map's equalization is that of all.
    const maps = qkv.map((name) => this.#linear(rows, at + name, at + qkv[0]));
    const [queries, keys, values] =
      maps.length === 3
        ? maps
        : [0, 1, 2].map((part) => maps[0].map((row) => row.slice(part * hidden, (part + 1) * hidden)));
    const { theta, window } = this.#reach(index);
    const size = hidden / heads;
    if (theta) for (const all of [queries, keys]) all.forEach((row, t) => turn(row, t, theta, size));
    const context = queries.map((query, t) => {
      const out = new Float64Array(hidden);
      for (let head = 0; head < heads; head++) {
        const from = head * size;
        const scores = keys.map((key, other) => {
          if (Math.abs(other - t) > window) return -Infinity;
          let dot = 0;
          for (let i = from; i < from + size; i++) dot += query[i] * key[i];
          return dot / Math.sqrt(size) + this.#bias(other - t, head);
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
    return this.#linear(context, at + output, at + output);
  }

  /** How far a layer's attention reaches, and the base of its angles. */
  #reach(layer) {
    if (!this.#isModern) return { window: Infinity };
    const { layer_types: types, global_attn_every_n_layers: every } = this.#config;
    const isGlobal = types ? types[layer] === 'full_attention' : layer % every === 0;
    return isGlobal
      ? { window: Infinity, theta: this.#config.global_rope_theta }
      : { window: this.#config.local_attention / 2, theta: this.#config.local_rope_theta };
  }

  /** MPNet's bias for a key that is `distance` tokens behind its query. */
  #bias(distance, head) {
    if (this.#config.model_type !== 'mpnet') return 0;
    const row = BUCKETS.findLastIndex((first) => first <= Math.abs(distance)) + (distance > 0 ? 16 : 0);
    return this.#tensor('encoder.relative_attention_bias.weight')[
      row * this.#config.num_attention_heads + head
    ];
  }

  /** A map whose inputs are multiplied by the equalization of the map `equalizer`, if it has one. */
  #linear(rows, name, equalizer) {
    const factors = this.#optional(`${equalizer}.weight.equalization`);
    const inputs = factors ? rows.map((row) => row.map((x, i) => x * factors[i])) : rows;
    const weights = this.#tensor(`${name}.weight`);
    const bias = this.#optional(`${name}.bias`);
    return inputs.map((row) =>
      Float64Array.from({ length: weights.length / row.length }, (_, n) => {
        let sum = bias ? bias[n] : 0;
        for (let i = 0; i < row.length; i++) sum += row[i] * weights[n * row.length + i];
        return sum;
      }),
    );
  }

  #norm(rows, name) {
    const gamma = this.#tensor(`${name}.weight`);
    const beta = this.#optional(`${name}.bias`);
    const epsilon = this.#config.layer_norm_eps ?? this.#config.norm_eps;
    return rows.map((row) => {
      const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
      const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / row.length;
      const scale = 1 / Math.sqrt(variance + epsilon);
      return row.map((x, i) => (x - mean) * scale * gamma[i] + (beta ? beta[i] : 0));
    });
  }

  #optional(name) {
    return name in this.#entries ? this.#tensor(name) : undefined;
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
    const group = /word_|tok_/.test(name) ? 1024 : /position_/.test(name) ? 32 : ofMaps;
    return Float64Array.from(
      new Int8Array(buffer),
      (value, i) => value * scales[Math.floor(i / width) * groups + Math.floor((i % width) / group)],
    );
  }
}

function add(a, b) {
  return a.map((row, t) => row.map((x, i) => x + b[t][i]));
}

/** Turns each pair of elements, which are half a head apart, by the angle of a position. */
function turn(row, position, theta, size) {
  const half = size / 2;
  for (let from = 0; from < row.length; from += size) {
    for (let i = 0; i < half; i++) {
      // Angles are float32 by definition: another rounding is another angle.
      const step = Math.fround(1 / Math.fround(theta ** ((2 * i) / size)));
      const angle = Math.fround(position * step);
      const [a, b] = [row[from + i], row[from + half + i]];
      row[from + i] = a * Math.cos(angle) - b * Math.sin(angle);
      row[from + half + i] = b * Math.cos(angle) + a * Math.sin(angle);
    }
  }
}
