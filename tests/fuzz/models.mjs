// The loader, fed with original checkpoints and packed files that were broken.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { joined } from './random.mjs';

const TEXTS = ['the cat sat on the mat', '', 'ａ\u0301 한 \ud800 ﬁ', 'a'.repeat(300)];
const HASH = '0'.repeat(64);

/** The models of tests/fixtures/models that have their weights in one file, and a small one. */
function fixtures(folder) {
  return readdirSync(folder)
    .map((name) => read(join(folder, name)))
    .filter(
      ({ texts, weights }) => texts.has('config.json') && weights.length === 1 && weights[0].length < 70_000,
    );
}

function read(folder) {
  const texts = new Map();
  const weights = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    if (name.endsWith('.safetensors')) weights.push(new Uint8Array(readFileSync(path)));
    else if (/\.(json|txt)$/.test(name) && name !== 'expected.json')
      texts.set(name, readFileSync(path, 'utf8'));
  }
  return { texts, weights };
}

function split(file) {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  return { header: new TextDecoder().decode(file.subarray(8, 8 + length)), data: file.subarray(8 + length) };
}

function withHeader(header, data) {
  const text = new TextEncoder().encode(header);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return joined(length, text, data);
}

/** Breaks a safetensors file in its header, in its data, or anywhere. */
function broken(file, random) {
  const { header, data } = file.parts;
  switch (random.below(5)) {
    case 0:
      return random.bytes(file.bytes);
    case 1:
      return withHeader(header, random.bytes(data));
    case 2:
      return withHeader(random.text(header), data);
    default:
      return withHeader(random.file(header), data);
  }
}

/** `packedFolder` has packed files of the versions that the engine itself does not write. */
export function modelTargets({ engine, folder, packedFolder }) {
  const models = fixtures(folder).map(({ texts, weights: [bytes] }) => {
    return { texts, file: { bytes, parts: split(bytes) } };
  });

  const load = (precision, texts, bytes, piece) => {
    const loader = new engine.Loader(precision);
    let handed = false;
    try {
      for (const [name, text] of texts) loader.file(name, text);
      for (let at = 0; at < bytes.length; at += piece) loader.push(bytes.subarray(at, at + piece));
      handed = true;
      return loader.finish();
    } finally {
      // `finish` takes it, whether it succeeds or not.
      if (!handed) loader.free();
    }
  };

  const exported = (model) => {
    const exporter = model.exporter();
    try {
      const pieces = [];
      for (let piece = exporter.next(model); piece; piece = exporter.next(model)) pieces.push(piece);
      return joined(exporter.header(pieces.map(() => HASH)), ...pieces);
    } finally {
      exporter.free();
    }
  };

  /** Uses a model that was loaded after all: whatever its numbers are, there are as many as promised. */
  const use = (model, random) => {
    try {
      const { task, labels, dimension, positions } = model.info();
      const texts = [random.text(random.pick(TEXTS)), random.pick(TEXTS)];
      const numbers =
        task === 'embedding' ? model.encode(texts, random.below(2) === 0, '') : model.score(texts[0], texts);
      const expected = 2 * (task === 'embedding' ? dimension : labels);
      if (numbers.length !== expected) throw new Error(`${numbers.length} numbers, not ${expected}`);
      if (model.countTokens(texts[0]) !== model.tokenize(texts[0]).length) throw new Error('other counts');
      if (random.below(8) === 0) model.chunk(texts[0], 1 + random.below(positions), random.below(8));
      if (random.below(8) === 0) model.maxLength = random.below(positions + 2);
      if (random.below(4) === 0 && model.info().precision !== 'f32')
        load('int8', [], exported(model), 4096).free();
    } finally {
      model.free();
    }
  };

  const packed = models.map(({ texts, file }) => {
    const model = load('int8', texts, file.bytes, file.bytes.length);
    const bytes = exported(model);
    model.free();
    return { bytes, parts: split(bytes) };
  });
  for (const name of readdirSync(packedFolder)) {
    const bytes = new Uint8Array(readFileSync(join(packedFolder, name)));
    packed.push({ bytes, parts: split(bytes) });
  }
  const pieces = [1 << 20, 4096, 100];

  return {
    loader(random) {
      const { texts, file } = random.pick(models);
      const given = new Map(texts);
      let { bytes } = file;
      if (random.below(2) === 0) bytes = broken(file, random);
      else {
        const name = random.pick([...given.keys()]);
        given.set(name, random.file(given.get(name)));
      }
      if (random.below(10) === 0) given.delete(random.pick([...given.keys()]));
      use(load(random.pick(['int8', 'f32']), given, bytes, random.pick(pieces)), random);
    },

    packed(random) {
      use(load('int8', [], broken(random.pick(packed), random), random.pick(pieces)), random);
    },
  };
}
