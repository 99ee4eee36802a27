import { describe } from '../shared/describe.js';
import type { ModelInfo } from './types.js';

/** The names that models have for the prompt of a document, in the order of sentence-transformers. */
const DOCUMENT = ['document', 'passage', 'corpus'];

/**
 * The text of the prompt of this name, or of the model's default where no name is given. An empty
 * name means no prompt.
 *
 * @throws TypeError where the model has no prompt of this name
 */
export function promptText(info: ModelInfo, name?: string): string {
  const wanted = name ?? info.defaultPrompt;
  if (!wanted) return '';
  const text = findPrompt(info, wanted);
  // A missing default prompt means no prompt.
  if (text !== undefined || name === undefined) return text ?? '';
  const names = Object.keys(info.prompts).map((known) => `'${known}'`);
  const choice = names.length > 0 ? names.join(' or ') : 'left out: this model has no prompts';
  throw new TypeError(`\`prompt\` must be ${choice} (received ${describe(name)})`);
}

/** The name of the prompt for this kind of text; where the model has none, not its default either. */
export function promptFor(info: ModelInfo, kind: 'query' | 'document'): string {
  return findPrompt(info, kind) === undefined ? '' : kind;
}

/** What `encodeDocuments` puts before a text. */
export function documentPrompt(info: ModelInfo): string {
  return promptText(info, promptFor(info, 'document'));
}

function findPrompt({ prompts }: ModelInfo, name: string): string | undefined {
  const names = DOCUMENT.includes(name) ? [name, ...DOCUMENT] : [name];
  const found = names.find((known) => Object.hasOwn(prompts, known));
  return found === undefined ? undefined : prompts[found];
}
