// What the page does not say about people unless it was asked for. The model has learnt from what people
// write: "a poor person" is near to "lazybones" for it, people of some countries to animals, and those of
// some faiths to whoever hates them.
import type { Entry } from '../wordnet/entries';

/** What people are called who are looked down on. */
const INSULT =
  /\b(?:stupid|ignorant|fool|foolish|idiot|dolt|dull|dim|incompetent|ineffective|contempt\w*|worthless|despicable|detestable|disgusting|repulsive|obnoxious|crude|uncouth|clumsy|silly|lazy|ugly|unpleasant|malicious|insane|abject|slovenly|not very (?:bright|intelligent)|lacking intelligence)\b/i;

/** Somebody, by the first words of a description. */
const DETERMINER = '(?:(?:an?|the|some|any|one|my|our)\\s+)?';
const PERSON =
  '(?:persons?|people|somebody|someone|adults?|child(?:ren)?|kids?|m[ae]n|wom[ae]n|boys?|girls?|guys?|males?|females?|folks?|couples?|famil(?:y|ies)|communit(?:y|ies))';
const OF_PEOPLE = new RegExp(`^${DETERMINER}(?:\\S+\\s+)?(?:${PERSON}|immigrants?|foreigners?)\\b`, 'i');

/** Where people are from, as nouns and as adjectives. */
const ORIGINS =
  'blacks?|whites?|caucasians?|african[- ]americans?|africans?|afro[- ]\\w+|american indians?|native americans?|americans?|asians?|' +
  'chinese|japanese|koreans?|vietnamese|thais?|filipin[oa]s?|indians?|pakistanis?|bangladeshis?|afghans?|iranians?|persians?|iraqis?|syrians?|' +
  'arabs?|arabic|arabian|middle[- ]eastern(?:er)?s?|turks?|turkish|kurds?|kurdish|israelis?|palestinians?|egyptians?|moroccans?|nigerians?|somalis?|ethiopians?|' +
  'mexicans?|latin[oaex]s?|latin americans?|hispanics?|puerto ricans?|cubans?|brazilians?|jamaicans?|haitians?|' +
  'polish|poles?|russians?|ukrainians?|romanians?|bulgarians?|hungarians?|czechs?|serbs?|albanians?|greeks?|italians?|spanish|spaniards?|portuguese|' +
  'irish(?:m[ae]n|wom[ae]n)?|scottish|scots?|welsh(?:m[ae]n)?|english(?:m[ae]n|wom[ae]n)?|british|brits?|french(?:m[ae]n|wom[ae]n)?|germans?|dutch(?:m[ae]n)?|swedes?|swedish|finns?|finnish|' +
  'canadians?|australians?|roma|romani|romany|gyps(?:y|ies)|travellers of irish descent|inuits?|eskimos?|indigenous|aborigin(?:es?|al)|' +
  'mixed[- ]race|multiracial|biracial|dark[- ]skinned|brown|colou?red|immigrants?|illegal immigrants?|migrants?';
const COUNTRIES =
  'africa|asia|america|europe|the middle east|china|japan|korea|vietnam|india|pakistan|bangladesh|afghanistan|iran|iraq|syria|turkey|israel|palestine|egypt|morocco|nigeria|somalia|ethiopia|' +
  'mexico|latin america|south america|puerto rico|cuba|brazil|jamaica|haiti|poland|russia|ukraine|romania|bulgaria|hungary|serbia|albania|greece|italy|spain|portugal|ireland|scotland|wales|england|france|germany';
const FAITHS =
  'jews?|jewish|muslims?|moslems?|islam(?:ic)?|hindus?|sikhs?|buddhists?|christians?|catholics?|protestants?|mormons?|quakers?';
const LOVES =
  'gays?|homosexuals?|lesbians?|bisexuals?|queers?|trans|transgender(?:ed)?s?|transsexuals?|intersex|lgbt\\w*|effeminate';
const AILMENTS =
  "disabled|handicapped|crippled|mentally (?:ill|disabled|handicapped|retarded)|retarded|autistic|autism|(?:dark|black|brown) skin|mental illness|a mental illness|schizophrenia|down(?:[’']s)? syndrome|(?:a )?(?:learning |mental )?disabilit(?:y|ies)";
const GROUP = `(?:${[ORIGINS, FAITHS, LOVES, AILMENTS].join('|')})`;
/** Words that leave a group a group. */
const MORE =
  '(?:(?:old|young|little|poor|rich|elderly|typical|illegal|orthodox|south|north|east|west|male|female|openly|practising|practicing)\\s+)*';
const KIND =
  '(?:\\s+(?:faith|religion|descent|ancestry|origin|heritage|background|race|skin|parents|roots))?';
/** Nothing but a group of people: no word means it but the group's own name. */
const IS_GROUP = new RegExp(
  `^${DETERMINER}${MORE}(?:${GROUP}(?:[\\s-]+${GROUP})?(?:\\s+${PERSON})?|` +
    `${PERSON}\\s+(?:of|from|with|in|who\\s+(?:is|are|has|have|comes?\\s+from)|that\\s+(?:is|are)|being)\\s+(?:an?\\s+)?${MORE}(?:${GROUP}|${COUNTRIES})${KIND})$`,
  'i',
);

/** A word alone may be a colour, a language or something for shoes; plurals are people. */
const NAMES_PEOPLE = /^(?:jew|muslim|moslem|lesbian|homosexual|bisexual|gypsy|gypsies|(?!pole)[a-z]+s)$/i;

/** So near is what was described; what the model merely associates with it is farther. */
const MEANT = { insult: 0.7, animal: 0.6 };

/**
 * Whether a description names a group of people and nothing else about them. What lies near to it are
 * prejudices: no answer is better.
 */
export function isGroup(query: string): boolean {
  const text = query.trim().replace(/[.?!]+$/, '');
  return IS_GROUP.test(text) && (/\s/.test(text) || NAMES_PEOPLE.test(text));
}

/** Whether an entry looks down on people. */
export function isInsult({ definition, field }: Entry): boolean {
  return (field === 'noun.person' || field === 'noun.group') && INSULT.test(definition);
}

/** Whether an answer would offend somebody who did not ask for it. */
export function offends(query: string, entry: Entry, score: number): boolean {
  if (isInsult(entry)) return score < MEANT.insult;
  return entry.field === 'noun.animal' && OF_PEOPLE.test(query.trim()) && score < MEANT.animal;
}
