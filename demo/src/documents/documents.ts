import { EdgeBertError, type SemanticSearch, type SemanticSearchResult, type WorkerModel } from 'edgebert';
import { searchTexts } from '../code/files';
import { wireCopy } from '../copy';
import { element } from '../dom';
import { explain } from '../explain';
import { count, milliseconds, timeLeft } from '../format';
import { noteOn, showNote, type Note } from '../notes';
import { textRecords } from './formats';
import { given, readFiles, type Given, type Opening } from './files';
import { filesOf, type Found } from './found';
import { Library, type KeptFile, type Reading } from './library';
import { outcome } from './outcome';
import { passage, promptOf } from './passages';
import { openSample, SAMPLE } from './sample';
import { Shelf } from './shelf';
import { Status } from './status';

const SHOWN = 6;
/** Below this, a passage has nothing to do with the question more often than it has. */
const CLOSE = 0.25;
/** A pasted text is called by its beginning. */
const TITLE = 48;

/** Files of one's own: read in this tab, kept in this browser, and searched by what they say. */
export class Documents {
  readonly #query = element<HTMLInputElement>('text-query');
  readonly #passages = element('passages');
  readonly #heard = element('passages-heard');
  readonly #time = element('passages-time');
  readonly #prompt = element<HTMLDetailsElement>('prompt');
  readonly #status = new Status();
  readonly #shelf = new Shelf(
    element('shelf'),
    element('shelf-count'),
    element<HTMLButtonElement>('shelf-clear'),
  );
  #model: WorkerModel | undefined;
  #library: Library | undefined;
  #sample: SemanticSearch | undefined;
  #adding: AbortController | undefined;
  #begin: () => void = () => {};
  /** What is given is read one after the other, from when the library is open. */
  #turn: Promise<unknown> = new Promise<void>((resolve) => (this.#begin = resolve));
  #asking: AbortController | undefined;

  constructor() {
    this.#wireWaysIn();
    // Until now nothing would have come of them.
    element<HTMLFieldSetElement>('drop').disabled = false;
    this.#query.addEventListener('input', ({ timeStamp }) => void this.#ask(timeStamp));
    this.#status.onCancel = () => this.#adding?.abort();
    this.#status.onStartOver = () => void this.#startOver();
    this.#shelf.onRemove = (file) => void this.#remove([file]);
    this.#shelf.onEmpty = () => this.#query.focus();
    element('shelf-clear').addEventListener('click', () => {
      this.#query.focus();
      void this.#remove(this.#library?.files() ?? []);
    });
    wireCopy(element<HTMLButtonElement>('prompt-copy'), () => element('prompt-text').textContent!);
  }

  /** The model to read with from now on. */
  async use(model: WorkerModel): Promise<void> {
    this.#model = model;
    await this.#library?.close();
    this.#library = undefined;
    await this.#open(model);
    // What people have given comes before what they have not asked for.
    this.#sample = await openSample(model).catch(() => undefined);
    void this.#ask();
  }

  /** Files that were dropped on the page. */
  take(files: Promise<Found[]>): void {
    void this.#add(async (opening) => readFiles(await files, opening));
  }

  async #open(model: WorkerModel): Promise<void> {
    this.#status.clear();
    try {
      const library = (this.#library = await Library.open(model));
      library.onChange = () => this.#show();
      if (!library.search.persistent)
        this.#status.say('This browser keeps nothing here: the files are gone when the tab is closed.');
      this.#show();
      this.#begin();
    } catch (error) {
      const isDamaged = error instanceof EdgeBertError && error.code === 'format';
      this.#status.fail(
        isDamaged ? 'The files that were kept here are damaged and cannot be read any more.' : explain(error),
        isDamaged,
      );
      void this.#ask();
    }
  }

  /** With no files, in place of those that cannot be read. */
  async #startOver(): Promise<void> {
    await Library.delete();
    await this.#open(this.#model!);
  }

  #show(): void {
    this.#shelf.show(this.#library?.files() ?? [], SAMPLE);
    void this.#ask();
  }

  /** Reads what `give` gives, in its turn; says whether all of it is searchable then. */
  #add(give: (opening: Opening) => Promise<Given>): Promise<boolean> {
    if (!this.#library)
      this.#status.say(
        `It is read as soon as ${this.#model ? 'the files that were kept are open' : 'the model is here'}.`,
      );
    const turn = this.#turn.then(() => this.#read(give));
    this.#turn = turn;
    return turn;
  }

  async #read(give: (opening: Opening) => Promise<Given>): Promise<boolean> {
    let what: Given | undefined;
    return this.#work(
      async (library, signal) => {
        this.#status.say('Opening the files');
        what = await give({
          signal,
          report: (where, fraction) => this.#status.progress('Opening the files', where, fraction),
        });
        const start = performance.now();
        const label = `Reading ${count(what.texts.length, 'file')}`;
        const replaced = await library.add(what.texts, this.#reporter(label), signal);
        // A question about the sample is no question about these.
        if (what.texts.length > 0 && this.#query.value === this.#query.defaultValue) this.#query.value = '';
        this.#status.say(outcome(what, replaced, performance.now() - start));
      },
      () => {
        if (!what) return this.#status.say('Stopped before anything was read.');
        this.#offerToContinue(() => this.#add(async () => what!));
      },
    );
  }

  /**
   * Something that takes long and can be stopped.
   *
   * @param onStop called where somebody stopped it
   * @returns whether it came to its end
   */
  async #work(
    work: (library: Library, signal: AbortSignal) => Promise<void>,
    onStop: () => void,
  ): Promise<boolean> {
    const adding = (this.#adding = new AbortController());
    this.#busy(true);
    try {
      await work(this.#library!, adding.signal);
      return true;
    } catch (error) {
      if (adding.signal.aborted) onStop();
      else this.#status.fail(explain(error));
      return false;
    } finally {
      this.#adding = undefined;
      this.#busy(false);
      this.#show();
    }
  }

  #reporter(label: string): (reading: Reading) => void {
    const start = performance.now();
    return ({ fraction, done, total }) => {
      const left = timeLeft(fraction, performance.now() - start);
      this.#status.progress(label, `${done} of ${count(total, 'passage')}${left}`, fraction);
    };
  }

  /** What was read stays; the rest can be read later. */
  #offerToContinue(go: () => Promise<boolean>): void {
    this.#status.offer('Stopped. What was read can be searched.', 'Continue', () => void go());
  }

  /** Removes files, and offers to bring them back. */
  async #remove(files: readonly KeptFile[]): Promise<void> {
    const library = this.#library;
    if (!library || files.length === 0) return;
    const isAll = files.length === library.files().length;
    this.#status.clear();
    try {
      if (isAll) await library.clear();
      else for (const file of files) await library.remove(file);
      const what = files.length === 1 ? files[0]!.name : count(files.length, 'file');
      this.#status.offer(`Removed ${what}.`, 'Undo', () => void this.#restore(files));
    } catch (error) {
      this.#status.fail(explain(error));
    } finally {
      // Where it failed too, the list shows what is there.
      this.#show();
    }
  }

  /** Reads removed files again, in their turn: it takes as long as the first time. */
  #restore(files: readonly KeptFile[]): Promise<boolean> {
    const what = files.length === 1 ? files[0]!.name : count(files.length, 'file');
    const turn = this.#turn.then(() =>
      this.#work(
        async (library, signal) => {
          await library.restore(files, this.#reporter(`Bringing back ${what}`), signal);
          this.#status.say(`${what} ${files.length === 1 ? 'is' : 'are'} back.`);
        },
        () => this.#offerToContinue(() => this.#restore(files)),
      ),
    );
    this.#turn = turn;
    return turn;
  }

  /** The person's own files, or while there are none, the sample. */
  get #searched(): SemanticSearch | undefined {
    const own = this.#library?.search;
    return own && own.size > 0 ? own : (this.#sample ?? own);
  }

  /** @param typed when the event was that asked for it */
  async #ask(typed?: number): Promise<void> {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    const search = this.#searched;
    const query = this.#query.value.trim();
    if (!search || !query) return this.#tell([], []);
    try {
      const results = await searchTexts(search, query, SHOWN, asking.signal);
      if (asking.signal.aborted) return;
      const isFar = results.length === 0 || results[0]!.score < CLOSE;
      this.#passages.replaceChildren(
        ...results.map((result, i) => {
          const row = passage(result, search.get(result.id)?.text ?? result.text, i + 1);
          row.classList.toggle('far', result.score < CLOSE);
          return row;
        }),
      );
      this.#tell(noteOnPassages(query, isFar), results);
      if (typed !== undefined) this.#time.textContent = milliseconds(performance.now() - typed);
    } catch (error) {
      if (!asking.signal.aborted) this.#status.fail(explain(error));
    }
  }

  /**
   * @param note what is wrong with the answers, for everybody; without it, screen readers hear their
   * number
   */
  #tell(note: Note, results: readonly SemanticSearchResult[]): void {
    if (results.length === 0) this.#passages.replaceChildren();
    this.#time.textContent = '';
    this.#heard.classList.toggle('hidden', note.length === 0);
    const found = results.length > 0 ? [`${count(results.length, 'passage')} found`] : [];
    showNote(this.#heard, note.length > 0 ? note : found);
    this.#prompt.hidden = results.length === 0;
    element('prompt-text').textContent = promptOf(this.#query.value.trim(), results);
  }

  #wireWaysIn(): void {
    for (const [button, input] of [
      ['choose-files', 'files'],
      ['choose-folder', 'folder'],
    ] as const) {
      const field = element<HTMLInputElement>(input);
      element(button).addEventListener('click', () => field.click());
      field.addEventListener('change', () => {
        const files = filesOf(field);
        void this.#add((opening) => readFiles(files, opening));
        // So that the same file can be chosen again.
        field.value = '';
      });
    }
    element('paste').addEventListener('submit', (event) => {
      event.preventDefault();
      const field = element<HTMLTextAreaElement>('paste-text');
      const text = field.value;
      if (!text.trim()) return field.focus();
      // What it is called depends on what is read before it. Until it is read it stays where it is.
      void this.#add(async () => given([this.#named(text)])).then((done) => {
        if (done && field.value === text) field.value = '';
      });
    });
  }

  /** A pasted text under its first words; with a number where another text begins so. */
  #named(text: string) {
    const name = beginningOf(text);
    for (let number = 1; ; number++) {
      const file = {
        name: number === 1 ? name : `${name} (${number})`,
        records: textRecords('pasted.txt', text),
      };
      if (!this.#library!.isTaken(file.name) || this.#library!.has(file)) return file;
    }
  }

  #busy(isBusy: boolean): void {
    this.#status.busy(isBusy);
    for (const button of element('drop').querySelectorAll('button')) button.disabled = isBusy;
  }
}

/** The first line that says something: a program may begin with a brace or the frame of a comment. */
function beginningOf(text: string): string {
  const lines = text.trim().split('\n');
  const line = (lines.find((line) => /\p{L}{2}|\p{N}/u.test(line)) ?? lines[0]!).trim();
  return line.length > TITLE ? `${line.slice(0, TITLE).replace(/\s\S*$/, '')}…` : line;
}

function noteOnPassages(query: string, isFar: boolean): Note {
  const note = noteOn(query, 'passages');
  return note.length > 0 || !isFar ? note : ['Nothing close in these texts.'];
}
