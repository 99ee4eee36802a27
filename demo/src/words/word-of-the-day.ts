/** Chosen by hand: any word at all may be dull, or one that nobody wants to be greeted with. */
export const WORDS =
  `serendipity palindrome lullaby nostalgia wanderlust quasar jitterbug fedora chrysalis gargoyle gossamer ember
  twilight equinox mirage lagoon archipelago atoll fjord glacier estuary isthmus whirlpool drizzle icicle snowdrift
  whisper croon serenade cadenza encore haiku sonnet fable anagram hyperbole metaphor anachronism postscript mnemonic
  maze periscope hourglass sundial metronome pendulum candelabrum chandelier weathervane gazebo nook filigree origami
  calligraphy keepsake amulet marmalade marzipan siesta sabbatical odyssey stroll frolic somersault pirouette minuet
  ventriloquist juggler daydreamer maverick nightingale firefly puffin narwhal dormouse platypus acorn driftwood
  euphoria awe reminisce chuckle procrastinate hitchhike hibernate improvise levitate twinkle shimmer`.split(
    /\s+/,
  );
/** Shares no factor with how many there are, so that all have their turn; neighbours are much alike. */
const STEP = 37;

/** The same for everybody on one day. */
export function wordOfTheDay(day: number): string {
  return WORDS[(day * STEP) % WORDS.length]!;
}
