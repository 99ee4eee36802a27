/** How many answers the page shows. */
export const SHOWN = 8;

/** The part of speech that a lexicographer file of WordNet holds: the abbreviation of dictionaries, and the word. */
export function partOf(field: string): { short: string; full: string } {
  return field.startsWith('noun') ? { short: 'n.', full: 'noun' } : { short: 'v.', full: 'verb' };
}
