// Texts of exactly so many word pieces.
import { words } from './sentences.js';

/**
 * @param countTokens word pieces of a text, [CLS] and [SEP] included
 * @param tokens how many the text is to have
 * @param start where in the prose it begins: another start, another text
 */
export function textOf(countTokens, tokens, start) {
  const chosen = [];
  for (let at = start; ; at++) {
    if (at - start > 3 * words.length) throw new Error(`no text of ${tokens} word pieces could be made`);
    const longer = [...chosen, words[at % words.length]];
    const count = countTokens(longer.join(' '));
    // A word that is too long for the place that is left is passed over.
    if (count <= tokens) chosen.push(longer.at(-1));
    if (count === tokens) return longer.join(' ');
  }
}
