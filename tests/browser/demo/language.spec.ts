// Which texts the page takes for English, the only language that its model reads.
import { expect, test } from '@playwright/test';
import { SearchIndex } from 'edgebert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { languageOf } from '../../../demo/src/language';
import { demo } from '../support/paths';

/** What somebody would type who looks for "acrophobia", "homesickness" or "giraffe". */
const FOREIGN: readonly (readonly [string, string])[] = [
  ['die Angst vor der Höhe', 'German'],
  ['das Gefühl, nach Hause zu wollen', 'German'],
  ['Wie heißt das Tier mit dem langen Hals?', 'German'],
  ['Straße', 'German'],
  ['la peur du vide', 'French'],
  ['le mal du pays', 'French'],
  ['l’animal qui a un long cou', 'French'],
  ['el miedo a las alturas', 'Spanish'],
  ['un animal con el cuello muy largo', 'Spanish'],
  ['la paura delle altezze', 'Italian'],
  ['l’animale che ha il collo lungo', 'Italian'],
  ['o medo de altura', 'Portuguese'],
  ['een dier met een lange nek', 'Dutch'],
  ['ett djur som har en lång hals', 'Swedish'],
  ['et dyr som har en lang hals', 'Danish or Norwegian'],
  ['lęk wysokości', 'Polish'],
  ['strach z výšek', 'a Slavic language'],
  ['egy állat, amelynek hosszú a nyaka és nem nagy', 'Hungarian'],
  ['frica de înălțime', 'Romanian'],
  ['uzun boyunlu bir hayvan ve çok büyük', 'Turkish'],
  ['eläin, jolla on pitkä kaula ja joka ei ole pieni', 'Finnish'],
  ['hewan yang lehernya panjang dan tidak kecil', 'Indonesian'],
  ['nỗi sợ độ cao', 'Vietnamese'],
  ['тоска по дому', 'a language in Cyrillic script'],
  ['愛', 'Chinese or Japanese'],
  ['高所恐怖症', 'Chinese or Japanese'],
  ['高いところが怖いこと', 'Japanese'],
  ['思念家乡的感觉', 'Chinese or Japanese'],
  ['고소공포증', 'Korean'],
  ['الخوف من المرتفعات', 'a language in Arabic script'],
  ['פחד גבהים', 'Hebrew'],
  ['φόβος για τα ύψη', 'Greek'],
  ['ऊंचाई का डर', 'a language in Devanagari script'],
  ['ความกลัวความสูง', 'Thai'],
  ['ყველა', 'a language other than English'],
];

for (const [text, language] of FOREIGN)
  test(`“${text}” is ${language}`, () => expect(languageOf(text)).toEqual({ language, isWhole: true }));

test('of a mixed text, the part in another script is told', () => {
  for (const text of ['the feeling of 高所恐怖症', 'what does 恐怖 mean'])
    expect(languageOf(text)).toEqual({ language: 'Chinese or Japanese', isWhole: false });
  expect(languageOf('the word тоска in English').isWhole).toBe(false);
});

test('what is too short to tell, a symbol and what English has borrowed are no foreign language', () => {
  for (const text of [
    '',
    'x',
    'la',
    'de',
    'hi',
    'le',
    'El Paso',
    '12345',
    '?',
    '😀',
    'a Greek letter α',
    '5 Ω',
    'façade',
  ])
    expect(languageOf(text).language, text).toBeUndefined();
  for (const text of [
    'a piñata at a fiesta',
    'the van met me at the den',
    'to die in a war',
    'e.g. a woman’s T-shirt',
  ])
    expect(languageOf(text).language, text).toBeUndefined();
});

test('no word and no definition of the dictionary is taken for a foreign one', () => {
  const index = SearchIndex.fromBytes(readFileSync(join(demo, 'collection', 'wordnet.index')));
  const texts = [...index.ids()].flatMap((id) => {
    const { words, definition } = index.get(id)!.metadata as { words: string[]; definition: string };
    return [...words, definition];
  });
  expect(texts.length).toBeGreaterThan(50_000);
  expect(texts.filter((text) => languageOf(text).language)).toEqual([]);
});
