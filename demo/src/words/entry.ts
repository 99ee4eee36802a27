/** How many answers the page shows. */
export const SHOWN = 8;

/** The part of speech of a lexicographer file of WordNet, as dictionaries abbreviate it and in full. */
export function partOf(field: string): { short: string; full: string } {
  return field.startsWith('noun') ? { short: 'n.', full: 'noun' } : { short: 'v.', full: 'verb' };
}
