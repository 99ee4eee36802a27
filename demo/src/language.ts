/** Short words that each language uses all the time and English does not. */
const WORDS: Record<string, string> = {
  French:
    'le la les des du de et est une un pas pour qui que dans avec sur ce cette je nous vous quand peur aux',
  German: 'der die das und ist ein eine einen nicht mit von zu nach wenn ich wir sie auf dem den für im wie',
  Spanish: 'el la los las de del y es una un no que por para con en se lo como cuando yo muy al',
  Italian: 'il lo la gli le di e è una un non che per con del della nel quando come io sono',
  Portuguese: 'o os as da do de e é uma um não que para com em se quando como eu na no',
  Dutch: 'de het een en van is niet met op voor dat die als ik wij zijn naar te',
};

const ENGLISH =
  'the a an of to in is for and that with who which when not on as or it be from by you your i one someone something no as do me';

const SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, 'Japanese'],
  [/\p{Script=Hangul}/u, 'Korean'],
  [/\p{Script=Han}/u, 'Chinese or Japanese'],
  [/\p{Script=Cyrillic}/u, 'a language in Cyrillic letters'],
  [/\p{Script=Arabic}/u, 'a language in Arabic letters'],
  [/\p{Script=Hebrew}/u, 'Hebrew'],
  [/\p{Script=Greek}/u, 'Greek'],
  [/\p{Script=Devanagari}/u, 'a language in Devanagari'],
  [/\p{Script=Thai}/u, 'Thai'],
];

/** So many of the words must be typical of a language; one alone may be a name. */
const FEWEST = 2;

const LISTS = Object.entries(WORDS).map(([name, words]) => [name, new Set(words.split(' '))] as const);
const OWN = new Set(ENGLISH.split(' '));

/**
 * The language that a text seems to be in where it is one that the model does not read: it was
 * trained on English. Undefined for English, and for what is too short to tell.
 */
export function foreignLanguage(text: string): string | undefined {
  const letters = text.match(/\p{L}/gu) ?? [];
  const latin = letters.filter((letter) => /\p{Script=Latin}/u.test(letter));
  if (letters.length > 0 && 2 * latin.length < letters.length)
    return SCRIPTS.find(([script]) => script.test(text))?.[1] ?? 'another language';
  const words = text.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [];
  const english = words.filter((word) => OWN.has(word)).length;
  const [name, count] = LISTS.map(
    ([name, list]) => [name, words.filter((word) => list.has(word)).length] as const,
  ).reduce((most, other) => (other[1] > most[1] ? other : most));
  return count >= FEWEST && count > english ? name : undefined;
}

/** Whether there is nothing but pictures and signs in a text: the model's vocabulary has none of them. */
export function hasNoWords(text: string): boolean {
  return !/[\p{L}\p{N}]/u.test(text);
}
