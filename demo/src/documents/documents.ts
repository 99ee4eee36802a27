import { EdgeBertError, SemanticSearch, type WorkerModel } from 'edgebert';
import readmeUrl from '../../../README.md?url';
import { create, element } from '../dom';
import { explain } from '../explain';
import { fetched } from '../fetched';
import { count, milliseconds } from '../format';
import { filesDropped, filesOf, readFiles, type Given } from './files';
import { outcome } from './outcome';
import { passage } from './passages';
import { Shelf } from './shelf';

/** What the browser keeps the texts under. */
const NAME = 'edgebert-demo';
const SHOWN = 6;
/** A pasted text is called by its beginning. */
const TITLE = 48;

/** Texts of one's own: taken in, kept in this browser, and searched by what they say. */
export class Documents {
  readonly #query = element<HTMLInputElement>('text-query');
  readonly #passages = element('passages');
  readonly #drop = element('drop');
  readonly #state = element('indexing');
  readonly #text = element('indexing-text');
  readonly #bar = element<HTMLProgressElement>('indexing-progress');
  readonly #cancel = element<HTMLButtonElement>('indexing-action');
  readonly #error = element('indexing-error');
  readonly #anew = element<HTMLButtonElement>('indexing-anew');
  readonly #heard = element('passages-heard');
  readonly #time = element('passages-time');
  readonly #shelf = new Shelf(
    element('shelf'),
    element('shelf-count'),
    element<HTMLButtonElement>('shelf-clear'),
  );
  #model: WorkerModel | undefined;
  #search: SemanticSearch | undefined;
  #adding: AbortController | undefined;
  #begin: () => void = () => {};
  /** What is given is read one after the other, from when the shelf is open. */
  #turn: Promise<unknown> = new Promise<void>((resolve) => (this.#begin = resolve));
  #asking: AbortController | undefined;

  constructor() {
    this.#wireWaysIn();
    this.#query.addEventListener('input', ({ timeStamp }) => void this.#ask(timeStamp));
    this.#cancel.addEventListener('click', () => this.#adding?.abort());
    this.#anew.addEventListener('click', () => void this.#openAnew());
    this.#shelf.onRemove = (id) => void this.#change(async (search) => void (await search.remove(id)));
    this.#shelf.onEmpty = () => this.#query.focus();
    element('shelf-clear').addEventListener('click', () => {
      this.#query.focus();
      void this.#change((search) => search.clear());
    });
  }

  /** The model to read with from now on. */
  async use(model: WorkerModel): Promise<void> {
    this.#model = model;
    await this.#search?.close();
    await this.#open(model);
  }

  async #open(model: WorkerModel): Promise<void> {
    this.#error.textContent = '';
    this.#anew.hidden = true;
    try {
      // A page that comes with another model reads its texts again rather than refuse them.
      this.#search = await SemanticSearch.open(NAME, { model, rebuild: true });
      if (!this.#search.persistent)
        this.#say('This browser keeps nothing here: the texts are gone when the tab is closed.');
      this.#show();
      this.#begin();
    } catch (error) {
      const isDamaged = error instanceof EdgeBertError && error.code === 'format';
      this.#fail(
        isDamaged ? 'The texts that were kept here are damaged, and can’t be read any more.' : error,
      );
      this.#anew.hidden = !isDamaged;
    }
  }

  /** With an empty shelf, in the place of one that can't be read. */
  async #openAnew(): Promise<void> {
    // The keyboard's place must not go with the button.
    this.#text.focus();
    await SemanticSearch.delete(NAME).catch(() => {});
    await this.#open(this.#model!);
  }

  #show(): void {
    this.#shelf.show(this.#search!.documents());
    void this.#ask();
  }

  /** Reads what `give` gives, in its turn; says whether all of it is on the shelf then. */
  #add(give: () => Promise<Given>): Promise<boolean> {
    if (!this.#search)
      this.#say(`It is read as soon as ${this.#model ? 'the shelf is open' : 'the model is there'}.`);
    const turn = this.#turn.then(() => this.#read(give));
    this.#turn = turn;
    return turn;
  }

  async #read(give: () => Promise<Given>): Promise<boolean> {
    const search = this.#search!;
    const adding = (this.#adding = new AbortController());
    this.#busy(true);
    try {
      const given = await give();
      const { texts } = given;
      const start = performance.now();
      const { updated } = await search.add(texts, {
        signal: adding.signal,
        onProgress: ({ done, total, fraction }) => {
          this.#bar.value = fraction;
          this.#say(`Reading ${count(total, 'text')}`, `${done} of ${total}`);
        },
      });
      this.#say(outcome(given, updated, performance.now() - start));
      return true;
    } catch (error) {
      if (adding.signal.aborted) this.#say('Stopped. The texts that were read whole are on the shelf.');
      else this.#fail(error);
      return false;
    } finally {
      this.#adding = undefined;
      this.#busy(false);
      this.#show();
    }
  }

  async #change(work: (search: SemanticSearch) => Promise<void>): Promise<void> {
    const search = this.#search;
    if (!search) return;
    this.#error.textContent = '';
    try {
      await work(search);
    } catch (error) {
      this.#fail(error);
    } finally {
      // Where it failed too, the shelf shows what is there.
      this.#show();
    }
  }

  /** @param typed when the event was that asked for it */
  async #ask(typed?: number): Promise<void> {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    const search = this.#search;
    const query = this.#query.value.trim();
    if (!search || !query) return this.#tell('');
    try {
      const results = await search.search(query, {
        topK: SHOWN,
        passagesPerDocument: SHOWN,
        signal: asking.signal,
      });
      if (asking.signal.aborted) return;
      if (results.length === 0)
        return this.#tell(search.size === 0 ? 'Nothing on the shelf yet.' : 'Nothing found.');
      this.#passages.replaceChildren(
        ...results.map((result) => passage(result, search.get(result.id)?.text ?? result.text)),
      );
      this.#heard.className = 'hidden';
      this.#heard.textContent = `${count(results.length, 'passage')} found`;
      if (typed !== undefined) this.#time.textContent = milliseconds(performance.now() - typed);
    } catch (error) {
      if (!asking.signal.aborted) this.#fail(error);
    }
  }

  /** Says why there are no passages, where there is something to say. */
  #tell(text: string): void {
    this.#passages.replaceChildren();
    this.#time.textContent = '';
    this.#heard.className = text ? 'none' : 'hidden';
    this.#heard.textContent = text;
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
        void this.#add(() => readFiles(files));
        // So that the same file can be chosen again.
        field.value = '';
      });
    }
    element('sample').addEventListener('click', () => void this.#add(sample));
    element('paste').addEventListener('submit', (event) => {
      event.preventDefault();
      const field = element<HTMLTextAreaElement>('paste-text');
      const text = field.value;
      if (!text.trim()) return field.focus();
      // What it is called depends on what is read before it. Until it is on the shelf it stays where it is.
      void this.#add(async () => ({ texts: [{ id: this.#nameFor(text), text }], left: [] })).then((done) => {
        if (done && field.value === text) field.value = '';
      });
    });
    this.#wireDrop();
  }

  /** The whole section takes files, and the marked field shows it. */
  #wireDrop(): void {
    const section = element('documents');
    const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') ?? false;
    for (const name of ['dragenter', 'dragover'] as const) {
      section.addEventListener(name, (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        this.#drop.classList.add('over');
      });
    }
    section.addEventListener('dragleave', () => this.#drop.classList.remove('over'));
    section.addEventListener('drop', (event) => {
      this.#drop.classList.remove('over');
      if (!hasFiles(event)) return;
      event.preventDefault();
      const files = filesDropped(event.dataTransfer!);
      void this.#add(async () => readFiles(await files));
    });
  }

  /** The beginning of a pasted text; with a number where another text begins so. */
  #nameFor(text: string): string {
    const name = beginningOf(text);
    const other = (name: string) => (this.#search?.get(name)?.text ?? text) !== text;
    for (let number = 1; ; number++) {
      const numbered = number === 1 ? name : `${name} (${number})`;
      if (!other(numbered)) return numbered;
    }
  }

  #allow(allowed: boolean): void {
    for (const button of this.#drop.querySelectorAll('button')) button.disabled = !allowed;
  }

  #busy(busy: boolean): void {
    this.#state.dataset.state = busy ? 'loading' : 'idle';
    if (!busy && document.activeElement === this.#cancel) this.#text.focus();
    this.#cancel.hidden = !busy;
    this.#bar.value = 0;
    if (busy) this.#error.textContent = '';
    this.#allow(!busy);
  }

  #fail(error: unknown): void {
    this.#say('');
    this.#error.textContent = explain(error);
  }

  /** Screen readers hear `text` when it changes; the running amount is for the eye. */
  #say(text: string, amount = ''): void {
    if (this.#text.firstChild?.textContent !== text) this.#text.replaceChildren(text);
    this.#text.querySelector('span')?.remove();
    if (amount) this.#text.append(create('span', { 'aria-hidden': 'true' }, `: ${amount}`));
  }
}

function beginningOf(text: string): string {
  const line = text.trim().split('\n')[0]!.trim();
  return line.length > TITLE ? `${line.slice(0, TITLE).replace(/\s\S*$/, '')}…` : line;
}

async function sample(): Promise<Given> {
  const response = await fetched(readmeUrl, 'The README');
  return { texts: [{ id: 'README.md', text: await response.text() }], left: [] };
}
