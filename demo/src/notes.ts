import { create } from './dom';
import { hasNoWords, languageOf } from './language';

/** What is said above answers; nothing where they may be good. */
export type Note = readonly (string | Node)[];

/**
 * Why a text may get answers that are of no use: it seems to be in a language that the model was not trained
 * on, or there is nothing in it to read.
 *
 * @param answers what the answers are called, such as "passages"
 */
export function noteOn(text: string, answers: string): Note {
  if (hasNoWords(text))
    return ['Nothing close. The model reads English words; pictures and signs are not in its vocabulary.'];
  const { language, isWhole } = languageOf(text);
  if (!language) return [];
  return [
    `${isWhole ? 'This' : 'Part of this'} looks like ${language}. This page’s model reads English, so these ${answers} are guesses. `,
    create('a', { href: '#languages' }, 'Models for other languages'),
  ];
}

/** Shows a note in its place, which screen readers listen to: what stays the same is not said again. */
export function showNote(place: HTMLElement, note: Note): void {
  const text = note.map((part) => (typeof part === 'string' ? part : part.textContent)).join('');
  if (place.textContent !== text) place.replaceChildren(...note);
}
