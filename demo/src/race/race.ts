import { rows, similarity } from 'edgebert';
import referenceUrl from '../../../tests/fixtures/minilm/normalized.f32?url';
import fixture from '../../../tests/fixtures/minilm/texts.json';
import { wireCopy } from '../copy';
import { create, element } from '../dom';
import { fetched } from '../fetched';
import { megabytes, milliseconds } from '../format';
import { measure } from '../code/speed';
import { loadModel } from '../model';
import type { Course, Lap } from './protocol';
import { verdict } from './verdict';

/** The version that the benchmark measures too. */
const VERSION = '4.3.1';
const SCRIPT = `https://cdn.jsdelivr.net/npm/@huggingface/transformers@${VERSION}/dist/transformers.min.js`;
const DIMENSION = 384;
/** As many tokens as the model reads; transformers.js would go on to twice as many. */
const MOST_TOKENS = 256;
/**
 * Of the texts that the package's tests compare with the original model, those with some words in them that
 * both read to their ends.
 */
const COURSE = fixture.texts
  .map(({ text, tokens }, row) => ({ text, tokens, row }))
  .filter(({ tokens }) => tokens > 4 && tokens <= MOST_TOKENS);
const TOKENS = COURSE.map(({ tokens }) => tokens);

interface Result extends Lap {
  readonly name: string;
  /** Mean cosine of its vectors and those of the original in float32. */
  readonly agreement: number;
}

/**
 * edgebert against transformers.js, on the visitor's own machine: the same texts, the same model in
 * int8, one thread.
 */
export class Race {
  readonly #start = element<HTMLButtonElement>('race-start');
  readonly #said = element('race-said');
  readonly #table = element('race-table');
  readonly #copy = element<HTMLButtonElement>('race-copy');
  #results: readonly Result[] = [];

  constructor() {
    this.#start.addEventListener('click', () => void this.#run());
    this.#start.disabled = false;
    wireCopy(this.#copy, () => `${this.#verdict}\n${report(this.#results)}`);
  }

  get #verdict(): string {
    const [own, peer] = this.#results;
    return verdict(own!, peer!, TOKENS);
  }

  async #run(): Promise<void> {
    this.#start.disabled = true;
    this.#results = [];
    this.#show();
    try {
      const texts = COURSE.map(({ text }) => text);
      const reference = new Float32Array(
        await (await fetched(referenceUrl, 'The reference vectors')).arrayBuffer(),
      );
      // One after the other: together they would slow each other down.
      this.#say('Measuring edgebert');
      this.#add('edgebert', await ownLap(texts), reference);
      this.#say('Downloading and measuring transformers.js');
      this.#add(`transformers.js ${VERSION}`, await peerLap({ texts, script: SCRIPT }), reference);
      this.#say(this.#verdict);
    } catch (error) {
      this.#say(`The race was stopped. ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#start.disabled = false;
      this.#start.textContent = 'Race again';
    }
  }

  #add(name: string, lap: Lap, reference: Float32Array): void {
    this.#results = [...this.#results, { ...lap, name, agreement: agreementOf(lap.vectors, reference) }];
    this.#show();
  }

  #say(text: string): void {
    this.#said.textContent = text;
  }

  #show(): void {
    this.#copy.hidden = this.#results.length < 2;
    this.#table.hidden = this.#results.length === 0;
    if (this.#results.length === 0) return;
    this.#table.replaceChildren(
      create('caption', { class: 'hidden' }, 'Results of the race'),
      create(
        'thead',
        {},
        create(
          'tr',
          {},
          create('td'),
          ...this.#results.map(({ name }) => create('th', { scope: 'col' }, name)),
        ),
      ),
      create(
        'tbody',
        {},
        ...ROWS.map(([label, value]) =>
          create(
            'tr',
            {},
            create('th', { scope: 'row' }, label),
            ...this.#results.map((result) => create('td', {}, value(result))),
          ),
        ),
      ),
    );
  }
}

const ROWS: readonly (readonly [string, (result: Result) => string])[] = [
  ['Downloaded', ({ bytes }) => megabytes(bytes)],
  ['Time to ready', ({ readyMs }) => milliseconds(readyMs)],
  ['One text, the median', ({ singleMs }) => milliseconds(singleMs)],
  [`${COURSE.length} texts in one call`, ({ batchMs }) => milliseconds(batchMs)],
  ['Agreement with float32', ({ agreement }) => agreement.toFixed(4)],
];

/** As a page would load it on a first visit: nothing from the package's cache, nor from the browser's. */
async function ownLap(texts: readonly string[]): Promise<Lap> {
  const start = performance.now();
  let bytes = 0;
  const model = await loadModel({
    cache: 'none',
    fetch: (input, init) => fetch(input, { ...init, cache: 'no-store' }),
    onProgress: ({ total }) => (bytes = total),
  });
  const readyMs = performance.now() - start;
  try {
    return { ...(await measure(texts, (texts) => model.encode(texts))), readyMs, bytes };
  } finally {
    model.terminate();
  }
}

function peerLap(course: Course): Promise<Lap> {
  const worker = new Worker(new URL('./peer.ts', import.meta.url), { type: 'module' });
  return new Promise<Lap>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<{ lap?: Lap; error?: string }>) =>
      data.lap ? resolve(data.lap) : reject(new Error(`transformers.js could not be run: ${data.error}`)),
    );
    worker.addEventListener('error', () => reject(new Error('transformers.js could not be loaded.')));
    worker.postMessage(course);
  }).finally(() => worker.terminate());
}

function agreementOf(vectors: Float32Array, reference: Float32Array): number {
  const originals = rows(reference, DIMENSION);
  const cosines = rows(vectors, DIMENSION).map((vector, i) => similarity(vector, originals[COURSE[i]!.row]!));
  return cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length;
}

/** The figures as a text to pass on. */
function report(results: readonly Result[]): string {
  const lines = ROWS.map(
    ([label, value]) => `${label}: ${results.map((result) => `${result.name} ${value(result)}`).join(', ')}`,
  );
  return [
    ...lines,
    `all-MiniLM-L6-v2, edgebert’s compact file and the int8 one of transformers.js, one thread each, ${navigator.userAgent}`,
    location.origin + location.pathname,
  ].join('\n');
}
