/** Scripts that are written without spaces between words, or where particles stick to them. */
const UNSPACED = ['Hani', 'Hira', 'Kana', 'Bopo', 'Hang', 'Thai', 'Laoo', 'Khmr', 'Mymr', 'Tibt']
  .map((script) => `\\p{scx=${script}}`)
  .join('');
const UNSPACED_LETTER = `(?=[${UNSPACED}])[\\p{L}\\p{M}\\p{Nl}]`;
const SPACED_LETTER = `(?![${UNSPACED}])[\\p{L}\\p{M}]|\\p{N}`;
/**
 * Longer runs are cut, as are longer chains of words: no regular expression then runs out of its stack,
 * and nobody looks for such a thing.
 */
const LONGEST_RUN = '{1,1000}';
const LONGEST_CHAIN = '{0,100}';
/** A run without spaces; a word, or several that a sign holds together as in `ERR_1042`; an emoji. */
const PIECES = /* @__PURE__ */ new RegExp(
  `((?:${UNSPACED_LETTER})${LONGEST_RUN})|(?:${SPACED_LETTER})${LONGEST_RUN}(?:[-\\u2010_.:/\\\\@'’·](?:${SPACED_LETTER})${LONGEST_RUN})${LONGEST_CHAIN}[+#]*|\\p{Extended_Pictographic}`,
  'gu',
);
const WORDS = /[\p{L}\p{M}\p{N}]+/gu;
const CHARACTERS = /[^\p{M}]\p{M}*/gu;
/** Soft hyphens, accents, Hebrew points, Arabic vowel signs and the stroke that only widens Arabic words. */
const ACCENTS =
  /[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u0652\u0670]/g;
const PLAIN = /^[\0-\x7f]*$/;

/**
 * What BM25 counts in a text, in order and with repeats. No stop words are left out and nothing is
 * stemmed: rare terms weigh more as it is, and meaning is what vectors are for.
 *
 * - Words, without regard to case, accents and width: `Zoë`, `ZOE` and `ｚｏｅ` are one term.
 * - Words that a sign holds together also as one: `ERR_1042` is `err`, `1042` and `err1042`, so that
 *   `ERR-1042` and `err1042` find it and a plain `1042` does too. Likewise `C++` is `c` and `c++`.
 * - Where there are no spaces between words (Chinese, Japanese, Thai …), characters and pairs of
 *   neighbours, as is usual in search engines; Korean too, whose particles stick to its words.
 */
export function termsOf(text: string): string[] {
  const terms: string[] = [];
  for (const [piece, unspaced] of fold(text).matchAll(PIECES)) {
    if (unspaced !== undefined) {
      const characters = unspaced.match(CHARACTERS) ?? [];
      terms.push(...characters);
      for (let i = 1; i < characters.length; i++) terms.push(characters[i - 1]! + characters[i]!);
      continue;
    }
    const words = piece.match(WORDS) ?? [];
    terms.push(...words);
    if (words.length > 1) terms.push(words.join(''));
    else if (words[0] !== piece) terms.push(piece);
  }
  return terms;
}

/** The same for what differs only in case, accents or compatibility forms. */
function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase();
  // Upper case makes one of ß and ss, ς and σ; before that, lower case makes one of ẞ and ß.
  const folded = text.normalize('NFKD').replace(ACCENTS, '').toLowerCase().toUpperCase().toLowerCase();
  return folded.normalize('NFC');
}
