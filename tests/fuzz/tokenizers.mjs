// Tokenizers of every kind: broken files are read, and broken texts are tokenised.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The six with a vocabulary of their own, and the chains of stages. */
function fixtures(folder) {
  const texts = (name) => readFileSync(join(folder, name), 'utf8');
  const lines = readdirSync(folder)
    .filter((name) => name.endsWith('.vocabulary.txt'))
    .map((name) => {
      const vocabulary = texts(name);
      const options = texts(name.replace('vocabulary.txt', 'json'));
      const few = vocabulary.split('\n').slice(0, 60).join('\n') + '\n';
      const root = JSON.parse(options);
      root.model.vocab = Object.fromEntries(few.split('\n').map((piece, id) => [piece, id]));
      const cases = JSON.parse(texts(name.replace('vocabulary.txt', 'cases.json'))).map(([text]) => text);
      return { vocabulary, few, options, json: JSON.stringify(root), cases };
    });
  const chains = readdirSync(join(folder, 'chains'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => {
      const cases = texts(`chains/${name.replace('.json', '.cases.jsonl')}`)
        .trim()
        .split('\n');
      return { json: texts(`chains/${name}`), cases: cases.map((line) => JSON.parse(line)[0]) };
    });
  return { lines, chains };
}

/** `given`: the text of another tokenizer.json, of a real model, or undefined. */
export function tokenizerTargets({ engine: { Bridge }, folder, given }) {
  const { lines, chains } = fixtures(folder);
  const texts = [...lines, ...chains].flatMap(({ cases }) => cases);
  const encoder = new TextEncoder();
  const whole = [
    ...lines.map(({ vocabulary, options }) => Bridge.fromPacked(encoder.encode(vocabulary), options)),
    ...chains.map(({ json }) => Bridge.fromJson(json)),
    ...(given === undefined ? [] : [Bridge.fromJson(given)]),
  ];
  const packed = chains.map(({ json }) => {
    const bridge = Bridge.fromJson(json);
    const [vocabulary, options] = bridge.pack();
    bridge.free();
    return { vocabulary, options };
  });

  /** Asks a tokenizer for all that it gives, and compares the answers with each other. */
  const use = (bridge, text, random) => {
    const tokens = bridge.offsets(text);
    const count = tokens.length / 3;
    const most = random.below(50);
    for (let i = count; i < tokens.length; i++) {
      if (tokens[i] > text.length) throw new Error('an offset is past the end');
    }
    switch (random.below(8)) {
      case 0:
        if (bridge.encode(text).length !== count) throw new Error('encode and offsets differ');
        return;
      case 1:
        if (bridge.count(text) !== count) throw new Error('count and offsets differ');
        return;
      case 2: {
        // A broken template can have any number of special tokens.
        const least = bridge.encode('').length;
        if (bridge.encode(text, most).length !== Math.min(count, Math.max(most, least)))
          throw new Error('cut to another length');
        return;
      }
      case 3:
        bridge.pair(text, random.text(text), most);
        return;
      case 4: {
        const chunks = bridge.chunk(text, most, random.below(most));
        for (let i = 0; i < chunks.length; i += 2) {
          if (bridge.count(text.slice(chunks[i], chunks[i + 1])) > most)
            throw new Error('a chunk is too long');
          if (chunks[i] > (chunks[i - 1] ?? 0)) throw new Error('a gap between chunks');
        }
        if (chunks.length > 0 && chunks.at(-1) !== text.length) throw new Error('the end is missing');
      }
    }
  };

  const useOnce = (bridge, random) => {
    try {
      use(bridge, random.text(random.pick(texts)), random);
    } finally {
      bridge.free();
    }
  };

  return {
    texts(random) {
      use(random.pick(whole), random.text(random.pick(texts)), random);
    },

    'tokenizer.json'(random) {
      // A real file is large: its turn comes seldom.
      const real = given !== undefined && random.below(2000) === 0;
      const { json } = real ? { json: given } : random.pick(random.below(2) ? lines : chains);
      // Most of a file is its vocabulary; what stands before it is what has a meaning.
      const at = json.indexOf('"vocab"');
      const front = random.below(3) > 0;
      const changed = front ? random.text(json.slice(0, at)) + json.slice(at) : random.file(json);
      useOnce(Bridge.fromJson(changed), random);
    },

    'vocab.txt'(random) {
      const { few } = random.pick(lines);
      const mask = '{"content":"a","lstrip":true,"rstrip":false,"normalized":true,"single_word":true}';
      const config = `{"do_lower_case":true,"strip_accents":null,"mask_token":${mask},"tokenizer_class":"BertTokenizer"}`;
      const vocabulary = random.text(few);
      useOnce(Bridge.fromVocabulary(vocabulary, random.below(2) ? random.file(config) : undefined), random);
    },

    'packed tokenizer'(random) {
      const { few, options } = random.pick(lines);
      const file = random.below(2) ? random.pick(packed) : { vocabulary: encoder.encode(few), options };
      const both = random.below(3);
      const vocabulary = both < 2 ? random.bytes(file.vocabulary) : file.vocabulary;
      // The beginning says how long the rest is.
      if (both < 2 && random.below(4) === 0) {
        vocabulary[random.below(Math.min(vocabulary.length, 12))] = random.below(256);
      }
      useOnce(Bridge.fromPacked(vocabulary, both > 0 ? random.file(file.options) : file.options), random);
    },
  };
}
