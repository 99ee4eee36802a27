// The WGSL of an encoder. Core WGSL within the default limits: 64 invocations a workgroup, no subgroups, no
// float16. Rows are float32 throughout and end to end, without padding. Everything is vec4: widths are
// multiples of 4, and no two invocations ever write parts of one vector.
//
// What one token gives depends on its own text alone, summed in one order: so its bits are the same in any
// batch on one device.

/** What every kernel shares. All places in `params` count vec4s. */
const COMMON = /* wgsl */ `
struct Batch { tokens: u32, stamp: u32 }
struct Step {
  n: u32, k: u32, width: u32, scales: u32, bias: u32, gamma: u32, positions: u32, types: u32,
  epilogue: u32, group: u32, equalization: u32, head: u32, window: u32, epsilon: f32
}
@group(0) @binding(0) var<storage, read> weights: array<vec4u>;
@group(0) @binding(1) var<storage, read> params: array<vec4f>;
@group(0) @binding(2) var<uniform> batch: Batch;
@group(0) @binding(3) var<uniform> step: Step;
@group(1) @binding(0) var<storage, read> places: array<vec4u>;
@group(1) @binding(1) var<storage, read> input: array<vec4f>;
@group(1) @binding(2) var<storage, read> residual: array<vec4f>;
@group(1) @binding(3) var<storage, read_write> output: array<vec4f>;
fn bytes(word: u32) -> vec4f {
  return vec4f(vec4i(vec4u(word << 24, word << 16, word << 8, word)) >> vec4u(24));
}`;

/**
 * What follows a linear map: see `Step.epilogue`. `gate` multiplies the activation of one half of the outputs
 * by the other half. `rotate` turns queries and keys by the angles of rotary positions.
 */
export const EPILOGUE = { none: 0, activation: 1, residual: 2, gate: 3, rotate: 4 } as const;

/** x · sigmoid(y); e^80 is finite, and beyond it the sigmoid is 0 or 1. */
const GATE = /* wgsl */ `x / (1 + exp(-clamp(y, vec4f(-80), vec4f(80))))`;

/** The functions of src/kernels/activation.rs, by the names that configs have for them. */
export const ACTIVATIONS: Readonly<Record<string, string>> = {
  // x · Φ(x) by the same rational fit.
  gelu: /* wgsl */ `
  let c = clamp(x, vec4f(-5.5), vec4f(5.5));
  let s = c * c;
  let p = (((9.48448e-6 * s + 0.00052859547) * s + 0.0068760966) * s + 0.06838234) * s + 0.39894113;
  let q = ((((7.6363557e-7 * s + 0.0001923544) * s + 0.0039211637) * s + 0.04861956) * s + 0.33805183) * s + 1;
  return x * (c * p / q + 0.5);`,
  // The sigmoid of twice tanh's argument is (1 + tanh) / 2.
  gelu_new: /* wgsl */ `
  let y = 1.5957691216057308 * (x + 0.044715 * x * min(x * x, vec4f(1e9)));
  return ${GATE};`,
  relu: /* wgsl */ `return max(x, vec4f());`,
  silu: /* wgsl */ `let y = x; return ${GATE};`,
};

/** Rows of a tile of the matrix product, and how many inputs are in workgroup memory at a time. */
export const TILE_ROWS = 32;
export const TILE_INPUTS = 32;
/** vec4s of outputs of an invocation, and of a workgroup, whose 64 invocations are 8 × 8. */
const COLUMNS = 2;
const WIDE = 8 * COLUMNS;
export const TILE_OUTPUTS = 4 * WIDE;
/** A gate's outputs are in the first half of a tile, and what they multiply in the second. */
export const GATE_OUTPUTS = TILE_OUTPUTS / 2;

const FOUR = [0, 1, 2, 3];
const COLUMN = Array.from({ length: COLUMNS }, (_, column) => column);
/** A line for each of an invocation's 4 × COLUMNS vec4s of sums. */
const sums = (line: (row: number, column: number) => string) =>
  FOUR.map((row) => COLUMN.map((column) => line(row, column)).join(' ')).join('\n  ');
const xyzw = (line: (component: string, index: number) => string) =>
  ['x', 'y', 'z', 'w'].map(line).join('\n    ');

/**
 * output[m][n] = Σ input[m][k] · e[k] · w[n][k] · scale[n][k / group] + bias[n], and then the epilogue.
 *
 * A workgroup has 32 rows × 64 outputs, an invocation 4 rows × 8 outputs. Weights are int8 in blocks of
 * 4 outputs × 4 inputs, a vec4u each, as [k / 4][n / 4]; they become float32 on their way into workgroup
 * memory. Scales are [k / group][n / 4], where a group has 64 inputs or 128.
 *
 * The pairs of elements that `rotate` turns are neighbours. Angles are [position][head / 4], as the cosine
 * and sine of one pair and then of the next.
 */
export const matmul = (activation: string) => /* wgsl */ `${COMMON}
// [input 32][row 32 / 4], and [input 32][output / 4]
var<workgroup> inputs: array<vec4f, 256>;
var<workgroup> matrix: array<vec4f, ${32 * WIDE}>;

fn activated(x: vec4f) -> vec4f {${activation}
}

fn store(m: u32, n: u32, value: vec4f) {
  let width = step.width / 4;
  if (m >= batch.tokens || n >= width) { return; }
  var v = value;
  if (step.epilogue == ${EPILOGUE.activation}) { v = activated(v); }
  if (step.epilogue == ${EPILOGUE.residual}) { v += residual[m * width + n]; }
  if (step.epilogue == ${EPILOGUE.rotate} && n < 2 * width / 3) {
    let turn = params[step.positions + (m - places[m].z) * step.head + n % step.head];
    v = v * turn.xxzz + vec4f(-v.y, v.x, -v.w, v.z) * turn.yyww;
  }
  output[m * width + n] = v;
}

fn finish(m: u32, tile: u32, column: u32, first: vec4f, second: vec4f) {
  let n = tile * ${WIDE} + column;
  let a = first + params[step.bias + n];
  let b = second + params[step.bias + n + 8];
  if (step.epilogue == ${EPILOGUE.gate}) {
    store(m, tile * 8 + column, activated(a) * b);
  } else {
    store(m, n, a);
    store(m, n + 8, b);
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) me: u32) {
  let n4 = step.n / 4;
  let k4 = step.k / 4;
  let n0 = group.x * ${WIDE};
  let m0 = group.y * ${TILE_ROWS};
  let row = me / 8;
  let column = me % 8;
  ${sums((i, c) => `var v${i}${c} = vec4f();`)}
  for (var k0 = 0u; k0 < step.k; k0 += ${TILE_INPUTS}) {
    // A block of 4 rows × 4 inputs each, transposed.
    let m = m0 + column * 4;
    let quad = k0 / 4 + row;
    let near = min(quad, k4 - 1);
    let e = select(vec4f(), params[step.equalization + near], quad < k4);
    ${FOUR.map((i) => `let x${i} = e * input[min(m + ${i}, batch.tokens - 1) * k4 + near];`).join('\n    ')}
    let to = row * 32 + column;
    ${xyzw((c, i) => `inputs[to + ${8 * i}] = vec4f(x0.${c}, x1.${c}, x2.${c}, x3.${c});`)}
    // Blocks of 4 outputs × 4 inputs.
    for (var i = me; i < ${8 * WIDE}; i += 64) {
      let n = min(n0 + i % ${WIDE}, n4 - 1);
      let words = weights[(k0 / 4 + i / ${WIDE}) * n4 + n];
      let scale = params[step.scales + (k0 / step.group) * n4 + n];
      let b0 = bytes(words.x) * scale.x;
      let b1 = bytes(words.y) * scale.y;
      let b2 = bytes(words.z) * scale.z;
      let b3 = bytes(words.w) * scale.w;
      let at = (i / ${WIDE}) * ${4 * WIDE} + i % ${WIDE};
      ${xyzw((c, i) => `matrix[at + ${i * WIDE}] = vec4f(b0.${c}, b1.${c}, b2.${c}, b3.${c});`)}
    }
    workgroupBarrier();
    for (var k = 0u; k < ${TILE_INPUTS}; k++) {
      let x = inputs[k * 8 + row];
      ${COLUMN.map((c) => `let w${c} = matrix[k * ${WIDE} + ${8 * c} + column];`).join('\n      ')}
      ${sums((i, c) => `v${i}${c} += x.${'xyzw'[i]} * w${c};`)}
    }
    workgroupBarrier();
  }
  ${FOUR.map((i) => `finish(m0 + row * 4 + ${i}, group.x, column, v${i}0, v${i}1);`).join('\n  ')}
}`;

/** The farthest distance that has a bias of its own, and how many there are, with one that is not used. */
export const FARTHEST = 127;
export const DISTANCES = 2 * (FARTHEST + 1);
const BIAS = /* wgsl */ `let behind = clamp(i32(first + j) - i32(t), -${FARTHEST}, ${FARTHEST});
      let distance = u32(behind + ${FARTHEST});
      s += params[step.bias + id.y * ${DISTANCES / 4} + distance / 4][distance % 4];`;

/** Above this many vec4s, a head's vectors are loops over arrays instead of lines of their own. */
const MOST_UNROLLED = 32;

/**
 * Attention of one query row and head an invocation: a pass over the keys of the row's own text, or of
 * those in its window, four at a time, with a running maximum. Rows of `input` are queries, keys and values
 * of all heads. With `hasDistances`, each head adds a bias by how far the key is behind the query, or in
 * front of it.
 */
export const attention = (headSize: number, hasDistances: boolean) => {
  const vectors = headSize / 4;
  const each = (line: (i: string) => string) =>
    vectors <= MOST_UNROLLED
      ? Array.from({ length: vectors }, (_, i) => line(`${i}`)).join('\n      ')
      : `for (var i = 0u; i < ${vectors}; i++) { ${line('i')} }`;
  return /* wgsl */ `${COMMON}
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let t = id.x;
  if (t >= batch.tokens) { return; }
  let width = step.n / 4;
  let head = id.y * ${vectors};
  let place = places[t];
  var q: array<vec4f, ${vectors}>;
  var sum: array<vec4f, ${vectors}>;
  let own = t * 3 * width + head;
  ${each((i) => `q[${i}] = input[own + ${i}] * ${1 / Math.sqrt(headSize)};`)}
  var largest = -3e38;
  var total = 0.0;
  let end = min(place.w, t + step.window + 1);
  for (var first = max(place.z, t - min(t, step.window)); first < end; first += 4) {
    var score = vec4f(-3e38);
    let count = min(4u, end - first);
    for (var j = 0u; j < count; j++) {
      let key = ((first + j) * 3 + 1) * width + head;
      var s = 0.0;
      ${each((i) => `s += dot(q[${i}], input[key + ${i}]);`)}
      ${hasDistances ? BIAS : ''}
      score[j] = s;
    }
    let top = max(max(largest, max(score.x, score.y)), max(score.z, score.w));
    let shrink = exp(largest - top);
    let e = exp(score - top);
    largest = top;
    total = total * shrink + dot(e, vec4f(1));
    ${each((i) => `sum[${i}] *= shrink;`)}
    for (var j = 0u; j < count; j++) {
      let value = ((first + j) * 3 + 2) * width + head;
      let weight = e[j];
      ${each((i) => `sum[${i}] += weight * input[value + ${i}];`)}
    }
  }
  let to = t * width + head;
  ${each((i) => `output[to + ${i}] = sum[${i}] / total;`)}
}`;
};

/** The layer norm of each token's row, a workgroup a row; `value` computes its vec4 `i` into x. */
const layerNorm = (hidden: number, value: string) => /* wgsl */ `${COMMON}
var<workgroup> partial: array<f32, 64>;
fn total(v: vec4f, me: u32) -> f32 {
  workgroupBarrier();
  partial[me] = dot(v, vec4f(1));
  workgroupBarrier();
  for (var half = 32u; half > 0; half /= 2) {
    if (me < half) { partial[me] += partial[me + half]; }
    workgroupBarrier();
  }
  return partial[0];
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) me: u32) {
  let t = group.x;
  let n4 = step.n / 4;
  var v: array<vec4f, ${Math.ceil(hidden / 256)}>;
  var sum = vec4f();
  for (var i = me; i < n4; i += 64) {
    ${value}
    v[i / 64] = x;
    sum += x;
  }
  let mean = total(sum, me) / f32(step.n);
  sum = vec4f();
  for (var i = me; i < n4; i += 64) {
    v[i / 64] -= mean;
    sum += v[i / 64] * v[i / 64];
  }
  let inverse = 1 / sqrt(total(sum, me) / f32(step.n) + step.epsilon);
  for (var i = me; i < n4; i += 64) {
    output[t * n4 + i] = v[i / 64] * inverse * params[step.gamma + i] + params[step.bias + i];
  }
}`;

export const norm = (hidden: number) => layerNorm(hidden, 'let x = input[t * n4 + i];');

/**
 * Word, position and type embeddings, added and normalised; some models lack one of the latter or both. A
 * place is a token's id, with its type in the top bit, its position, and where its text starts and ends.
 * Words are int8 rows with one scale each; positions and types are float32.
 */
export const embed = (hidden: number, hasPositions: boolean, hasTypes: boolean) =>
  layerNorm(
    hidden,
    /* wgsl */ `let place = places[t];
    let id = place.x & 0x7fffffff;
    let word = id * n4 + i;
    var x = bytes(weights[word / 4][word % 4]) * params[step.scales + id / 4][id % 4];
    ${hasPositions ? 'x += params[step.positions + place.y * n4 + i];' : ''}
    ${hasTypes ? 'x += params[step.types + (place.x >> 31) * n4 + i];' : ''}`,
  );
