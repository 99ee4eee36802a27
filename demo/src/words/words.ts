import type { WorkerModel } from 'edgebert';
import { inAddress, onAddress, setAddress } from '../address';
import type { Collection } from '../collection';
import type { Figures } from '../figures';
import { count, milliseconds } from '../format';
import { noteOn, showNote, type Note } from '../notes';
import type { Entry } from '../wordnet/entries';
import type { Hit } from '../wordnet/protocol';
import { Answers } from './answers';
import { SHOWN } from './entry';
import { exampleEntry, exampleHits } from './examples';
import { NothingTyped } from './nothing-typed';
import { isGroup } from './people';
import { ranked } from './ranking';
import { measurePaint } from './timing';

/** More neighbours than are shown: the map places the query among them. */
const NEIGHBOURS = 12;
/** Until typing rests for so long, neither the address nor a screen reader follows it. */
const REST = 600;
/** Below this, the best answer has nothing to do with the query more often than it has. */
const CLOSE = 0.45;

const ON_GROUP =
  'This is a group of people rather than a meaning. The model has learnt from what people write, prejudices ' +
  'included, so words that it finds near to one are not shown.';

/** The elements that this part of the page works with. */
interface Parts {
  readonly query: HTMLInputElement;
  readonly list: HTMLElement;
  readonly time: HTMLElement;
  readonly note: HTMLElement;
  readonly empty: HTMLElement;
  readonly heard: HTMLElement;
}

/** The reverse dictionary: every keystroke is encoded in the worker, and searched for at once. */
export class Words {
  /** Called with the nearest entries of each query; none for an empty one. */
  onHits: (hits: readonly Hit[], isChosen: boolean) => void = () => {};
  onPoint: (index: number | undefined) => void = () => {};
  onFailure: (error: unknown) => void = () => {};
  readonly #parts: Parts;
  readonly #answers: Answers;
  readonly #nothing: NothingTyped;
  readonly #figures: Figures;
  readonly #example: string;
  #model: WorkerModel | undefined;
  #collection: Collection | undefined;
  #running: AbortController | undefined;
  #isComing = true;
  #resting = 0;

  constructor(parts: Parts, figures: Figures) {
    this.#parts = parts;
    this.#figures = figures;
    this.#answers = new Answers(parts.list);
    this.#answers.onChoose = (index, byKeyboard) => this.lookAround(index, byKeyboard);
    this.#answers.onPoint = (index) => this.onPoint(index);
    this.#answers.onLeave = () => parts.query.focus();
    this.#nothing = new NothingTyped(parts.empty);
    this.#nothing.onChoose = (index, byKeyboard) => this.lookAround(index, byKeyboard);
    // What the browser restored, or the address says, or else the page's own example.
    const { query } = parts;
    this.#example = query.defaultValue;
    if (query.value === query.defaultValue) query.value = inAddress('q')[0] ?? query.defaultValue;
    query.addEventListener('input', ({ timeStamp }) => void this.#search(timeStamp));
    query.addEventListener('keydown', (event) => this.#onKey(event));
    document.addEventListener('keydown', (event) => this.#onShortcut(event));
    onAddress(() => this.#restore());
  }

  /** Shows what can be shown before the model is there. */
  begin(): void {
    void this.#search();
  }

  /** Wires the examples, each of which is a button with the text to ask for. */
  offer(list: HTMLElement): void {
    for (const button of list.querySelectorAll('button')) {
      button.addEventListener('click', ({ timeStamp }) => this.#ask(button.textContent!, timeStamp));
    }
  }

  /** Whether only the model can answer what stands in the field. */
  get needsModel(): boolean {
    const text = this.#parts.query.value.trim();
    return text !== '' && exampleHits(text) === undefined;
  }

  /** Whether the model is on its way. */
  expect(isComing: boolean): void {
    if (isComing === this.#isComing) return;
    this.#isComing = isComing;
    if (!this.#model) void this.#search();
  }

  use(model: WorkerModel, collection: Collection): void {
    this.#model = model;
    this.#collection = collection;
    void this.#search();
  }

  /** An entry, where it is known already. */
  entry(index: number): Entry | undefined {
    return this.#collection?.entry(index) ?? exampleEntry(index);
  }

  /** Asks for what lies near an entry. */
  lookAround(index: number, byKeyboard: boolean): void {
    const entry = this.entry(index);
    if (!entry) return;
    this.#ask(entry.definition, performance.now());
    if (byKeyboard) {
      this.#parts.query.focus();
      this.#parts.query.select();
    }
  }

  /** The address of what is shown, to pass on. */
  get link(): string {
    this.#keepAddress('replace');
    return location.href;
  }

  /** A step of its own, which Back undoes. */
  #ask(text: string, timeStamp: number): void {
    this.#keepAddress('replace');
    this.#parts.query.value = text;
    this.#keepAddress('push');
    void this.#search(timeStamp, true);
  }

  /** Back or Forward: what the address says now. */
  #restore(): void {
    const text = inAddress('q')[0] ?? this.#example;
    if (text === this.#parts.query.value) return;
    this.#parts.query.value = text;
    void this.#search(undefined, true);
  }

  /**
   * The latest query wins: one that is still being encoded is given up.
   *
   * @param typed when the event was that asked for it
   */
  async #search(typed?: number, isChosen = false): Promise<void> {
    this.#running?.abort();
    this.#rest();
    const text = this.#parts.query.value.trim();
    if (!text) return this.#clear();
    this.#nothing.hide();
    const [model, collection] = [this.#model, this.#collection];
    if (!model || !collection) return this.#showExample(text, isChosen);
    const running = (this.#running = new AbortController());
    try {
      const began = performance.now();
      const { hits, exact, encoded } = await collection.find(model, text, running.signal);
      const found = performance.now();
      this.#show(text, hits, exact, isChosen || typed === undefined);
      this.#figures.encoded(1, encoded - began);
      this.#figures.searched(collection.size, found - encoded);
      if (typed === undefined) return;
      measurePaint(typed, (ms) => {
        if (this.#figures.painted(ms)) this.#parts.time.textContent = milliseconds(ms);
      });
    } catch (error) {
      if (!running.signal.aborted) this.onFailure(error);
    }
  }

  #show(text: string, found: readonly Hit[], exact: readonly Hit[], isChosen: boolean): void {
    const entry = (index: number) => this.entry(index)!;
    const hits = ranked(text, found, exact, entry);
    const best = hits[0];
    const isFar = !best?.isExact && (best?.score ?? 0) < CLOSE;
    if (isGroup(text)) this.#say([ON_GROUP]);
    else this.#say(best?.isExact ? [] : noteOnAnswers(text, isFar));
    if (hits.length === 0) this.#answers.clear();
    else this.#answers.show(hits, entry, isFar);
    this.onHits(hits.slice(0, NEIGHBOURS), isChosen);
  }

  /** Before the model is there: the build has computed the answers to the examples. */
  #showExample(text: string, isChosen: boolean): void {
    const hits = exampleHits(text);
    if (hits) return this.#show(text, hits, [], isChosen);
    // Grey lines promise something, so there are none where nothing is on its way.
    if (this.#isComing) this.#answers.wait();
    else this.#answers.clear();
    const when = this.#isComing
      ? 'The answers come as soon as the model is here.'
      : 'Only the model can answer this.';
    this.#say([`${when} The examples above answer already.`]);
    this.onHits([], false);
  }

  #clear(): void {
    this.#answers.clear();
    this.#say([]);
    void this.#nothing.show(this.#collection);
    this.#parts.time.textContent = '';
    this.onHits([], true);
  }

  #say(note: Note): void {
    showNote(this.#parts.note, note);
  }

  #rest(): void {
    clearTimeout(this.#resting);
    this.#resting = window.setTimeout(() => this.#tell(), REST);
  }

  /** Once typing rests: an address that can be passed on, and the answers for those who listen. */
  #tell(): void {
    this.#keepAddress('replace');
    const words = [...document.querySelectorAll('#answers .entry:not(.waits) .word')].map(
      ({ textContent }) => textContent,
    );
    this.#parts.heard.textContent =
      words.length > 0 ? `${count(SHOWN, 'answer')}: ${words.slice(0, 3).join('; ')}` : '';
  }

  #keepAddress(how: 'push' | 'replace'): void {
    const text = this.#parts.query.value.trim();
    setAddress('q', text === this.#example ? [] : [text], how);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown' && this.#parts.query.value.trim()) {
      event.preventDefault();
      this.#answers.focus();
    } else if (event.key === 'Enter' && matchMedia('(hover: none)').matches) {
      // Nothing is left to do but to read the answers, which a keyboard on the screen covers.
      this.#parts.query.blur();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      this.#parts.query.value = '';
      void this.#search(event.timeStamp);
    }
  }

  /** "/" from anywhere, except where it is typed. */
  #onShortcut(event: KeyboardEvent): void {
    const isTyped =
      event.target instanceof Element && event.target.matches('input, textarea, [contenteditable]');
    if (event.key !== '/' || isTyped || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#parts.query.focus();
    this.#parts.query.select();
  }
}

function noteOnAnswers(text: string, isFar: boolean): Note {
  const note = noteOn(text, 'answers');
  if (note.length > 0 || !isFar) return note;
  return ['Nothing close. The model reads English; a few more words may help.'];
}
