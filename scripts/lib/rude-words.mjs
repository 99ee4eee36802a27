// Which of WordNet's words a page that people pass around does not show unasked: slurs, insults and
// obscenities. WordNet marks some by a usage pointer and some in the gloss; lists name the rest.

/** Synsets that usage pointers (`;u`) lead to: obscenity, disparagement, ethnic slur. */
const RUDE_USAGES = new Set(['07139048', '06730109', '06731706']);

/** Glosses that say it themselves. */
const RUDE_GLOSS =
  /offensive|\bslurs?\b|disparag|derogat|pejorative|obscene|vulgar|contempt(?:uous)?\b.* (?:for|term|name)|insulting (?:term|name|word)|\bslang (?:term )?for\b/i;

/** Rude in every sense but an animal's; a compound that has one of them in it is rude too. */
const ALWAYS = words(`
  arse arsehole ass ass-kisser asshole bastard bastardy beaner bimbo bitch bitchery bitchiness blackamoor bollock bollocks boobs
  bullshit bugger buggery buttfuck chink cock cocksucker cocksucking coolie crap crapper cum cunnilingus cunt dago darkey
  darkie darky dickhead dogshit dyke eff fag faggot fuck fuck-up fuckhead fucker fucking fuckup gook greaseball half-breed
  halfbreed harlot harlotry honkey honkie honky horseshit hottentot injun jerk-off jigaboo jissom jizz kaffir kafir kike
  kraut mongoloid motherfucker mulatto negress negro negroid nigga nigger nigra nympho nymphomania nymphomaniac octoroon
  paki piccaninny pickaninny piss pisser pissing poof poofter pouf prick punani pussy quadroon queer queerness redskin
  retard schlong schmuck shit shite shithead shitter shitting shitty slant-eye slut spastic spaz spic spick spik squaw
  tit tits titty tosser tribade trollop turd twat wank wanker wench wetback whore whoredom whorehouse whoremonger wog wop yid
`);

/** Rude where they name a person; "frog" and "cracker" are something else as well. */
const OF_PERSONS = words(`
  butch coon cracker cretin cripple darky effeminate fatso fatty floozie floozy frog gangsta gaul goy gringo gypsy half-caste
  half-wit hillbilly homo hun hunchback hussy idiot imbecile jap libber limey loony mick midget moron mule nance niggard
  nutcase oriental paddy pansy pigmy polack ponce putz pygmy rathead redneck sambo scum sheeny sissy skank slattern spade strumpet tart trull
`);

/** Rude themselves, beside names of the same thing that are not. */
const ALONE = new Set(['clit', 'frig around', 'jew-baiter', 'prickteaser']);

/** Rude in a gloss about sex, or among the names of a part of the body. */
const OF_SEX = words(`
  bang bed boff bone bonk boob bum bush butt can dick do fanny hump jazz jerk joint knocker laid lay nookie nooky nut nuts pecker
  peter poon poontang prat puss putz roll screw screwing shag shtup slit snatch tail tool tramp tush
`);
const ABOUT_SEX =
  /sexual|copulat|intercourse|genital|penis|vulva|vagina|buttock|testi[sc]|breast|sex\b|masturbat/i;

/**
 * The words of a synset that can be shown; none where all of it is rude.
 *
 * @param synset `words`, `gloss`, `field`, and `usages`: the offset of each usage pointer with the
 * number of the word that it is about, 0 for all of them
 */
export function shownWords({ words, gloss, field, usages }) {
  const marked = usages.filter(({ offset }) => RUDE_USAGES.has(offset)).map(({ word }) => word);
  if (RUDE_GLOSS.test(gloss) || marked.includes(0)) return [];
  // What is an insult as a person's name is one under its other names too.
  if (field === 'noun.person' && words.some((word) => isIn(OF_PERSONS, word) || hasPartIn(ALWAYS, word)))
    return [];
  const isSexual = ABOUT_SEX.test(gloss) || field === 'noun.body';
  return words.filter((word, i) => {
    if (isIn(ALONE, word)) return false;
    if (marked.includes(i + 1) || (field !== 'noun.animal' && hasPartIn(ALWAYS, word))) return false;
    // "Piece of tail", but not "tail" of a peacock.
    return !(isSexual && (isIn(OF_SEX, word) || (word.includes(' ') && hasPartIn(OF_SEX, word))));
  });
}

function isIn(list, word) {
  return list.has(word.toLowerCase());
}

function hasPartIn(list, word) {
  return (
    isIn(list, word) ||
    word
      .toLowerCase()
      .split(/[ -]/)
      .some((part) => list.has(part))
  );
}

function words(text) {
  return new Set(text.trim().split(/\s+/));
}
