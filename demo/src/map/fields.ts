import LEXNAMES from './lexnames.json';

/** One kind of words for the legend: its lexicographer files of WordNet, and its hue and chroma in OKLCH. */
export interface Family {
  readonly name: string;
  readonly hue: number;
  readonly chroma: number;
  readonly fields: readonly string[];
}

/** Hues that are easy to tell apart; what is everywhere on the map is nearly grey. */
export const FAMILIES: readonly Family[] = [
  { name: 'people', hue: 60, chroma: 0.15, fields: ['noun.person', 'noun.group', 'verb.social'] },
  { name: 'body', hue: 32, chroma: 0.17, fields: ['noun.body', 'verb.body'] },
  { name: 'feelings', hue: 5, chroma: 0.2, fields: ['noun.feeling', 'verb.emotion', 'noun.motive'] },
  {
    name: 'mind and speech',
    hue: 328,
    chroma: 0.17,
    fields: [
      'noun.communication',
      'verb.communication',
      'noun.cognition',
      'verb.cognition',
      'verb.perception',
    ],
  },
  {
    name: 'actions',
    hue: 255,
    chroma: 0.15,
    fields: [
      'verb.motion',
      'verb.contact',
      'noun.act',
      'noun.event',
      'verb.change',
      'verb.competition',
      'verb.creation',
      'verb.stative',
      'noun.process',
    ],
  },
  {
    name: 'places and times',
    hue: 200,
    chroma: 0.12,
    fields: ['noun.location', 'noun.time', 'noun.quantity'],
  },
  {
    name: 'nature',
    hue: 148,
    chroma: 0.17,
    fields: ['noun.animal', 'noun.plant', 'noun.phenomenon', 'verb.weather'],
  },
  { name: 'food', hue: 108, chroma: 0.16, fields: ['noun.food', 'verb.consumption'] },
  {
    name: 'things',
    hue: 80,
    chroma: 0.06,
    fields: ['noun.artifact', 'noun.object', 'noun.shape', 'noun.substance', 'noun.Tops'],
  },
  {
    name: 'qualities',
    hue: 170,
    chroma: 0.03,
    fields: ['noun.attribute', 'noun.state', 'noun.relation', 'noun.possession', 'verb.possession'],
  },
];

/** The family of each lexicographer file, by the file's number; an adjective's is none. */
export const FAMILY_OF = LEXNAMES.map((field) => FAMILIES.findIndex(({ fields }) => fields.includes(field)));

/** The CSS colour of a lexicographer file: its family's hue, and a lightness of its own. */
export function colour(field: string, isDark: boolean): string {
  const { hue, chroma, fields } = FAMILIES.find(({ fields }) => fields.includes(field)) ?? FAMILIES.at(-1)!;
  const step = Math.max(0, fields.indexOf(field)) * 0.02;
  return isDark ? `oklch(${0.8 - step} ${chroma} ${hue})` : `oklch(${0.54 + step} ${chroma} ${hue})`;
}

/** The colours of all lexicographer files by their numbers, in three bytes each as WebGL takes them. */
export function coloursOfFields(isDark: boolean): Uint8Array {
  const colours = LEXNAMES.map((field) => colour(field, isDark));
  const context = new OffscreenCanvas(colours.length, 1).getContext('2d')!;
  for (const [i, colour] of colours.entries()) {
    context.fillStyle = colour;
    context.fillRect(i, 0, 1, 1);
  }
  const { data } = context.getImageData(0, 0, colours.length, 1);
  return Uint8Array.from({ length: 3 * colours.length }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)]!);
}
