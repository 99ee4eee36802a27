import { EdgeBertError } from '../shared/errors.js';

/** What `onWarning` hears, once for a model, when the first of its texts is truncated. */
export function truncationWarning(work: 'encode' | 'score', maxLength: number): EdgeBertError {
  const what = work === 'encode' ? 'A text' : 'A document with its query';
  return new EdgeBertError(
    'state',
    `${what} has more tokens than \`maxLength\` (${maxLength}): the rest is left out. \`countTokens\` measures texts, ` +
      `\`truncatedTexts\` counts those that were too long${work === 'encode' ? ', and `chunk` divides them' : ''}.`,
  );
}
