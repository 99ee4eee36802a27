// Ways to damage a safetensors file, each by a seeded choice.

/** Seeded whole numbers below a limit (a 64-bit LCG's upper half). */
export function random(seed) {
  let state = BigInt(Math.floor(seed)) * 0x9e3779b97f4a7c15n;
  return (below) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number((state >> 33n) % BigInt(below));
  };
}

/** `file` with one to three damages. */
export function damage(file, next) {
  let bytes = Buffer.from(file);
  for (let times = 1 + next(3); times > 0 && bytes.length > 8; times--)
    bytes = WAYS[next(WAYS.length)](bytes, next);
  return bytes;
}

const WAYS = [
  flipped,
  overwritten,
  (bytes, next) => bytes.subarray(0, next(bytes.length)),
  (bytes, next) => Buffer.concat([bytes, Buffer.alloc(1 + next(5000), next(256))]),
  copiedWithin,
  withoutSome,
  inHeader((text, next) => otherNumber(text, next)),
  inHeader(exchangedNames),
  inHeader(otherOffsets),
  inTables,
];

function flipped(bytes, next) {
  bytes[next(bytes.length)] ^= 1 << next(8);
  return bytes;
}

function overwritten(bytes, next) {
  const at = next(bytes.length);
  const end = Math.min(bytes.length, at + 1 + next(64));
  for (let i = at; i < end; i++) bytes[i] = next(256);
  return bytes;
}

function copiedWithin(bytes, next) {
  const from = next(bytes.length);
  bytes.copyWithin(next(bytes.length), from, from + next(2000));
  return bytes;
}

function withoutSome(bytes, next) {
  const at = next(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + next(500))]);
}

/** A change of the header's text, with its length put right. */
function inHeader(change) {
  return (bytes, next) => {
    const length = Number(bytes.readBigUInt64LE(0));
    if (!(length > 0 && length < bytes.length - 8)) return flipped(bytes, next);
    const text = Buffer.from(change(bytes.toString('latin1', 8, 8 + length), next), 'latin1');
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(text.length));
    return Buffer.concat([size, text, bytes.subarray(8 + length)]);
  };
}

/** One of the header's numbers, shapes and offsets among them, becomes another one. */
function otherNumber(text, next) {
  const numbers = [...text.matchAll(/\d+/g)];
  if (numbers.length === 0) return text;
  const { 0: number, index } = numbers[next(numbers.length)];
  const others = [
    0,
    1,
    Number(number) + 1,
    Number(number) - 1,
    2 * Number(number),
    2 ** 31,
    2 ** 32,
    2 ** 53,
    1e20,
  ];
  const other = String(others[next(others.length)]);
  return text.slice(0, index) + other + text.slice(index + number.length);
}

/** Two tensors have each other's bytes: whole blocks, of other shapes. */
function exchangedNames(text, next) {
  const names = [...new Set([...text.matchAll(/"([\w.]+)":\{"dtype"/g)].map(([, name]) => name))];
  if (names.length < 2) return text;
  const [one, other] = [names[next(names.length)], names[next(names.length)]];
  return text
    .replaceAll(`"${one}":`, '"\u0001":')
    .replaceAll(`"${other}":`, `"${one}":`)
    .replaceAll('"\u0001":', `"${other}":`);
}

/** A tensor that begins or ends elsewhere, with a shape that says the same. */
function otherOffsets(text, next) {
  const entries = [...text.matchAll(/"shape":\[(\d+)\],"data_offsets":\[(\d+),(\d+)\]/g)];
  if (entries.length === 0) return text;
  const { 0: entry, 2: start, 3: end, index } = entries[next(entries.length)];
  const [from, to] = [Number(start) + next(64), Number(end) + next(64) - 32];
  const changed = `"shape":[${Math.max(0, to - from)}],"data_offsets":[${from},${to}]`;
  return text.slice(0, index) + changed + text.slice(index + entry.length);
}

/** The tables alone, which every block is read with. */
function inTables(bytes, next) {
  const length = Number(bytes.readBigUInt64LE(0));
  if (!(length > 0 && length < bytes.length - 8)) return flipped(bytes, next);
  const place = /"coding\.tables":[^}]*"data_offsets":\[(\d+),(\d+)\]/.exec(
    bytes.toString('latin1', 8, 8 + length),
  );
  if (!place) return flipped(bytes, next);
  const [start, end] = [Number(place[1]), Number(place[2])];
  const at = 8 + length + start + next(Math.max(1, end - start));
  if (at < bytes.length) bytes[at] = [bytes[at] + 1, bytes[at] - 1, 0, 255, next(256)][next(5)] & 255;
  return bytes;
}
