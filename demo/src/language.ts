/** A language by the words that it uses all the time, and by letters that few others have. */
interface Signs {
  readonly words: string;
  readonly letters?: RegExp;
}

const LATIN: Record<string, Signs> = {
  French: {
    words:
      'le la les des du de et est une un pas pour qui que qu dans en avec sur ce cette je j nous vous quand aux au il elle ne se sans sous mais ou où l c être quelque chose comment pourquoi était sont mes tes ses leur très même aussi fait faire peur',
    letters: /[œ]/,
  },
  German: {
    words:
      'der die das und ist ein eine einen einem einer eines nicht mit von zu nach wenn ich wir sie auf dem den des für im wie vor aus bei zum zur sich sind oder aber wer jemand etwas kein keine mein meine über durch ohne wird haben hat habe bin man was es als am vom noch nur sehr wo warum gibt mich mir diese dieser dieses',
    letters: /[äöüß]/,
  },
  Spanish: {
    words:
      'el la los las de del y es una un no que por para con en se lo como cuando yo muy al mi su sus pero más qué quién está este esta esto ser hay sin sobre porque también le donde algo alguien',
    letters: /[ñ¿¡]/,
  },
  Italian: {
    words:
      'il lo la gli le di è e una un non che per con del della dei delle nel nella quando come io sono mi ti ci si al alla da dal più perché cosa qualcuno qualcosa chi dove anche questo questa essere l',
    letters: /[ìò]/,
  },
  Portuguese: {
    words:
      'o os as da do dos das de e é uma um não que para com em se quando como eu na no nas nos ao mais por seu sua mas muito quem onde algo alguém isso está ser você',
    letters: /[ãõ]/,
  },
  Dutch: {
    words:
      'de het een en van in is niet met op voor dat die als ik wij zijn naar te er om aan bij ook maar nog wel uit hoe wat waar iemand iets geen mijn je heeft door over',
  },
  Swedish: {
    words: 'och att det som är en ett på av för med inte jag den till om har från när hur vad någon något',
    letters: /[åäö]/,
  },
  'Danish or Norwegian': {
    words:
      'og at det er som en et på af av for med ikke jeg den til om har fra når hvordan hva hvad noen noget',
    letters: /[øæå]/,
  },
  Polish: {
    words: 'nie na się jest do z że to jak po od co czy ale dla przez gdy ktoś coś',
    letters: /[łąężźśćń]/,
  },
  'a Slavic language': {
    words: 'je se na že to jako když kdo co do pro jak nebo ale jsem si',
    letters: /[řůěčšž]/,
  },
  Hungarian: { words: 'az és egy nem hogy van meg is ha ki mint vagy de ez', letters: /[őű]/ },
  Romanian: { words: 'și în de la cu pe nu este un care să din pentru sunt mai', letters: /[ățșţş]/ },
  Turkish: {
    words: 'bir ve bu da de için ile çok ne gibi olan olarak var kadar değil mi ben sen',
    letters: /[ğış]/,
  },
  Finnish: { words: 'on ja ei se että joka kun hän mutta ovat oli kuin tai minä olla', letters: /ää|yö|öö/ },
  Indonesian: { words: 'yang dan di untuk dengan tidak ini itu dari pada adalah orang seperti ke akan atau' },
  Vietnamese: {
    words: 'và của là một không có cho người được trong',
    letters: /[ơưđạảấầậắặẹếềểễệịọốồộớờợụủứừựỳ]/,
  },
};

/** Those of English, with all that other languages spell alike. */
const ENGLISH =
  'the a an of to in is for and that with who which what when where how why not on as or it be are was were am by from at you your i we he she they his her their my our us them this these those one something someone somebody anything no do does did done go me so if than then there but all any some more most other into out up down off over under about has have had can could will would may might must very just like also its pour die met van den come per son man war es om mi si ti';

const SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/gu, 'Japanese'],
  [/\p{Script=Han}/gu, 'Chinese or Japanese'],
  [/\p{Script=Hangul}/gu, 'Korean'],
  [/\p{Script=Cyrillic}/gu, 'a language in Cyrillic script'],
  [/\p{Script=Arabic}/gu, 'a language in Arabic script'],
  [/\p{Script=Hebrew}/gu, 'Hebrew'],
  [/\p{Script=Greek}/gu, 'Greek'],
  [/\p{Script=Devanagari}/gu, 'a language in Devanagari script'],
  [/\p{Script=Thai}/gu, 'Thai'],
];

/** So many of the words must be typical of a language; one alone may be a name. */
const FEWEST = 2;
/** Letters that no word has which English has borrowed; they tell a language on their own. */
const NEVER_ENGLISH = /[ßłąęśćżźńőűřůěčšžğışșțţăơưđạảấầậắặẹếềểễệịọốồộớờợụủứừựỳ]/;

const LISTS = Object.entries(LATIN).map(([name, { words, letters }]) => ({
  name,
  letters,
  words: setOf(words),
}));
const OWN = setOf(ENGLISH);

/** The language of a text, or of a part of it, that is not English. */
export function languageOf(text: string): { language?: string; isWhole: boolean } {
  const latin = count(text, /\p{Script=Latin}/gu);
  const others = count(text, /\p{L}/gu) - latin;
  // Such as an α in an English sentence, or 5 Ω.
  const isSymbol = others === 1 && (latin > 0 || /\p{Script=Greek}/u.test(text));
  if (others > 0 && !isSymbol) return { language: scriptOf(text), isWhole: others >= latin };
  const language = latinLanguage(text);
  return { ...(language && { language }), isWhole: true };
}

/** By the script that has the most letters; Japanese mixes two, of which Chinese has one. */
function scriptOf(text: string): string {
  const counts = SCRIPTS.map(([script, name]) => ({ name, letters: count(text, script) }));
  const [kana, han] = counts;
  if (kana!.letters > 0) kana!.letters += han!.letters;
  const most = counts.reduce((one, other) => (other.letters > one.letters ? other : one));
  return most.letters > 0 ? most.name : 'a language other than English';
}

function latinLanguage(text: string): string | undefined {
  const words = wordsOf(text);
  const english = words.filter((word) => OWN.has(word)).length;
  const scores = LISTS.map(({ name, words: list, letters }) => ({
    name,
    score: words.reduce(
      (sum, word) =>
        sum + Number(list.has(word)) + (letters?.test(word) ? (NEVER_ENGLISH.test(word) ? 2 : 1) : 0),
      0,
    ),
  }));
  const most = Math.max(...scores.map(({ score }) => score));
  if (most < FEWEST || most <= english) return undefined;
  const names = scores.filter(({ score }) => score === most).map(({ name }) => name);
  return names.length <= 2 ? names.join(' or ') : 'a language other than English';
}

/** "l'amour" is two words; "woman's", "e.g." and "T-shirt" are one each. */
function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .replace(/(?<!\p{L})(l|d|j|c|n|qu)['’]/gu, '$1 ')
    .split(/[\s,;:!?()"«»„“”…]+/)
    .map((word) => word.replace(/\.+$/, ''))
    .filter(Boolean);
}

/** Whether there is nothing but pictures and signs in a text: the model's vocabulary has none of them. */
export function hasNoWords(text: string): boolean {
  return !/[\p{L}\p{N}]/u.test(text);
}

function count(text: string, letters: RegExp): number {
  return text.match(letters)?.length ?? 0;
}

function setOf(words: string): ReadonlySet<string> {
  return new Set(words.split(' '));
}
