// The inner loops that are compared, as WebAssembly text: each with the loads that the engine's tiles have.
//
// - `baseline`: `i32x4.dot_i16x8_s`, four rows by eight outputs, a pair of inputs a turn: 64 products. It is
//   the same for activations of 14 bits and of 7
// - `extmul`: the same tile by `i32x4.extmul_low/high_i16x8_s`, whose sum with an accumulator is one
//   instruction on arm64; the two inputs of a row lie four times each instead of being broadcast
// - `twoParts` of relaxed.wat: one row by 24 outputs, four inputs in two parts a turn: 96 products
// - `onePart` of relaxed.wat: two rows by 24 outputs, four inputs a turn: 192 products. The code is that of
//   `twoParts`, whose two vectors of activations are the parts of one row
// - `onePartByTwos` of relaxed.wat: two rows by 12 outputs, four inputs a turn: 96 products

const ROWS = 4;
const get = (name) => `(local.get $${name})`;
const set = (name, value) => `(local.set $${name} ${value})`;
const load = (from, at) => `(v128.load offset=${at} ${get(from)})`;
const splat = (from, at) => `(v128.load32_splat offset=${at} ${get(from)})`;

/** Rows by two vectors of outputs: `step` gives the lines for a sum, of the row's and the weight's locals. */
function tile(step, rowBytes, read) {
  const lines = [set('w0', load('weights', 0)), set('w1', load('weights', 16))];
  for (let row = 0; row < ROWS; row++) {
    lines.push(set('a', read('rows', row * rowBytes)));
    for (const half of [0, 1]) lines.push(...step(`s${2 * row + half}`, 'a', `w${half}`));
  }
  return { lines, sums: 2 * ROWS, weightBytes: 32, rowBytes: ROWS * rowBytes };
}

const plus = (sum, value) => set(sum, `(i32x4.add ${get(sum)} ${value})`);
const dot = (sum, a, w) => [plus(sum, `(i32x4.dot_i16x8_s ${get(a)} ${get(w)})`)];
const relaxedDot = (sum, a, w) => [
  set(sum, `(i32x4.relaxed_dot_i8x16_i7x16_add_s ${get(w)} ${get(a)} ${get(sum)})`),
];
const extmul = (sum, a, w) =>
  ['low', 'high'].map((half) => plus(sum, `(i32x4.extmul_${half}_i16x8_s ${get(a)} ${get(w)})`));

function relaxedTile() {
  const lines = [set('a', splat('rows', 0)), set('b', splat('rows', 4))];
  for (let vector = 0; vector < 6; vector++) {
    lines.push(set('w0', load('weights', 16 * vector)));
    lines.push(...relaxedDot(`s${2 * vector}`, 'a', 'w0'), ...relaxedDot(`s${2 * vector + 1}`, 'b', 'w0'));
  }
  return { lines, sums: 12, weightBytes: 96, rowBytes: 8 };
}

/** `w1` holds ones. */
function byTwosTile() {
  const lines = [set('a', splat('rows', 0)), set('b', splat('rows', 4))];
  const step = (sum, a) =>
    plus(sum, `(i32x4.dot_i16x8_s ${get('w1')} (i16x8.relaxed_dot_i8x16_i7x16_s ${get('w0')} ${get(a)}))`);
  for (let vector = 0; vector < 3; vector++) {
    lines.push(set('w0', load('weights', 16 * vector)));
    lines.push(step(`s${2 * vector}`, 'a'), step(`s${2 * vector + 1}`, 'b'));
  }
  return { lines, sums: 6, weightBytes: 96, rowBytes: 8 };
}

export const LOOPS = {
  baseline: { products: 64, ...tile(dot, 4, splat) },
  extmul: { products: 64, ...tile(extmul, 16, load) },
  twoParts: { products: 96, ...relaxedTile() },
  onePart: { products: 192, ...relaxedTile() },
  onePartByTwos: { products: 96, ...byTwosTile() },
};

/** A module with one of the loops, exported as `loop`. */
export function moduleOf({ lines, sums, weightBytes, rowBytes }) {
  const all = Array.from({ length: sums }, (_, i) => `s${i}`);
  const local = (name) => `(local $${name} v128)`;
  return `(module
  (memory 1)
  (func (export "loop") (param $weights i32) (param $rows i32) (param $end i32)
    ${[...all, 'w0', 'w1', 'a', 'b'].map(local).join(' ')}
    ${set('w1', '(v128.const i16x8 1 1 1 1 1 1 1 1)')}
    (loop $turn
      ${lines.join('\n      ')}
      ${set('rows', `(i32.add ${get('rows')} (i32.const ${rowBytes}))`)}
      ${set('weights', `(i32.add ${get('weights')} (i32.const ${weightBytes}))`)}
      (br_if $turn (i32.lt_u ${get('weights')} ${get('end')})))
    ${all.map((sum, i) => `(v128.store offset=${16 * i} (i32.const 4096) ${get(sum)})`).join('\n    ')}))
`;
}
