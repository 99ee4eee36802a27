import { MiniLML6V2, WorkerModel, type LoadProgress } from 'edgebert';
import { megabytes, milliseconds } from './format';

/** The folder that vite.config.ts serves and copies the models to. */
const MODELS = new URL('models/', document.baseURI);

/** What each phase of a load is called, by where the bytes come from. */
const PHASES: Record<LoadProgress['phase'], { network: string; cache: string }> = {
  download: { network: 'Downloading the model', cache: 'Reading the model from this browser' },
  cache: { network: 'Keeping the model for the next visit', cache: 'Reading the model from this browser' },
  load: { network: 'Starting the model', cache: 'Starting the model' },
};

/** Loads the model and shows how far it is, where it came from, and what went wrong. */
export class ModelPanel {
  onReady: (model: WorkerModel) => void = () => {};
  readonly #root: HTMLElement;
  readonly #state: HTMLElement;
  readonly #action: HTMLButtonElement;
  readonly #bar: HTMLProgressElement;
  readonly #error: HTMLElement;
  #abort: AbortController | undefined;

  constructor(root: HTMLElement) {
    const part = <E extends HTMLElement>(selector: string) => root.querySelector<E>(selector)!;
    this.#root = root;
    this.#state = part('#model-state');
    this.#action = part('#model-action');
    this.#bar = part('#model-progress');
    this.#error = part('#model-error');
    this.#action.addEventListener('click', () => (this.#abort ? this.#abort.abort() : void this.load()));
  }

  /** Loads the model; `onReady` gets it. Never rejects: the panel shows the failure. */
  async load(): Promise<void> {
    this.#abort = new AbortController();
    this.#show('loading', 'Starting', 'Cancel');
    const start = performance.now();
    let last: LoadProgress | undefined;
    try {
      const model = await WorkerModel.from_type(MiniLML6V2, {
        baseUrl: MODELS,
        signal: this.#abort.signal,
        onProgress: (progress) => this.#progress((last = progress)),
      });
      const origin = last?.fromCache ? 'from this browser' : 'from the network';
      const size = last ? `${megabytes(last.total)} ` : '';
      this.#show('ready', `Model ready: ${size}${origin} in ${milliseconds(performance.now() - start)}`);
      this.onReady(model);
    } catch (error) {
      if (this.#abort.signal.aborted) this.#show('stopped', 'The model is not loaded', 'Load the model');
      else this.fail(error);
    } finally {
      this.#abort = undefined;
    }
  }

  /** Shows an error, and offers to load the model anew. */
  fail(error: unknown): void {
    this.#show('failed', 'The model is not loaded', 'Try again');
    this.#error.textContent = error instanceof Error ? error.message : String(error);
  }

  #progress({ loaded, total, phase, fromCache }: LoadProgress): void {
    this.#bar.value = total > 0 ? loaded / total : 0;
    const amount = `${megabytes(loaded)} of ${megabytes(total)}`;
    this.#say(PHASES[phase][fromCache ? 'cache' : 'network'], amount);
  }

  #show(state: 'loading' | 'ready' | 'stopped' | 'failed', text: string, action = ''): void {
    this.#root.dataset.state = state;
    this.#error.textContent = '';
    // A button that goes must not take the keyboard's place on the page with it.
    if (!action && document.activeElement === this.#action) this.#state.focus();
    this.#action.textContent = action;
    this.#action.hidden = action === '';
    this.#bar.value = state === 'ready' ? 1 : 0;
    this.#say(text);
  }

  /** Screen readers hear `text` when it changes; the running amount is for the eye. */
  #say(text: string, amount = ''): void {
    if (this.#state.firstChild?.textContent !== text) this.#state.replaceChildren(text);
    let running = this.#state.querySelector('span');
    if (!amount) return running?.remove();
    if (!running) {
      running = document.createElement('span');
      running.ariaHidden = 'true';
      this.#state.append(running);
    }
    running.textContent = amount;
  }
}
