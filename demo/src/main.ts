import { Comparison } from './comparison';
import { wireCopy } from './copy';
import { Documents } from './documents/documents';
import { element, pause } from './dom';
import { Engine, SIZES } from './engine';
import { explain } from './explain';
import { Figures } from './figures';
import { count } from './format';
import { Loading } from './loading';
import { WordMap } from './map/map';
import { Matrix } from './matrix';
import { registerOffline } from './offline';
import { Race } from './race/race';
import { Rows } from './rows';
import { wireTheme } from './theme';
import { Words } from './words/words';

const figures = new Figures(element('figures-list'));
const loading = new Loading(element('state'), SIZES.model + SIZES.index);
const engine = new Engine(loading, figures);
const map = new WordMap();
const words = new Words(
  {
    query: element<HTMLInputElement>('query'),
    list: element('answers'),
    time: element('answers-time'),
    note: element('answers-note'),
    empty: element('answers-empty'),
    heard: element('answers-heard'),
  },
  figures,
);
const comparison = new Comparison(
  new Rows(element('rows'), element<HTMLButtonElement>('add')),
  new Matrix(element('matrix'), element('timing')),
);
// At once: a file that is dropped before would replace the page.
const documents = new Documents();

async function load(): Promise<void> {
  const signal = loading.begin();
  try {
    void map.use(await engine.places(signal), (index) => words.entry(index));
    const { model, collection } = await engine.load(signal);
    loading.ready(
      `${count(collection.size, 'word')} and a model, on your device. Nothing you type leaves it.`,
    );
    words.use(model, collection);
    await pause();
    map.label();
  } catch (error) {
    if (signal.aborted) loading.stopped();
    else loading.fail(explain(error));
  }
}

/** Loads at once, unless the browser is set to save data and nothing is here yet. */
async function begin(): Promise<void> {
  const { connection } = navigator as { connection?: { saveData?: boolean } };
  if (!connection?.saveData || (await engine.isHere())) return load();
  loading.ask();
  // The map is small, and shows the examples' answers.
  const places = await engine.places(new AbortController().signal).catch(() => undefined);
  if (places) void map.use(places, (index) => words.entry(index));
}

async function fail(error: unknown): Promise<void> {
  loading.fail(explain(error));
  await engine.drop();
}

engine.onModel = (model) => {
  comparison.use(model);
  void documents.use(model);
};
loading.onState = (state) => words.expect(state === 'loading' || state === 'ready');
loading.onStart = () => void load();
words.onHits = (hits, isChosen) => map.show(hits, isChosen);
words.onPoint = (index) => map.point(index);
words.onFailure = (error) => void fail(error);
comparison.onFailure = (error) => void fail(error);
map.onChoose = (index, byKeyboard) => words.lookAround(index, byKeyboard);

/** The rest, in parts: each lets the browser paint what is there. */
async function start(): Promise<void> {
  words.offer(element('examples'));
  words.begin();
  await pause();
  void begin();
  await pause();
  wireTheme(element<HTMLButtonElement>('theme'), () => map.paint());
  map.paint();
  await pause();
  element('gpu').hidden = !('gpu' in navigator);
  const command = element('command');
  wireCopy(
    element<HTMLButtonElement>('copy'),
    () => command.textContent!,
    () => getSelection()?.selectAllChildren(command),
  );
  wireCopy(element<HTMLButtonElement>('copy-link'), () => words.link);
  comparison.show();
  registerOffline();
  new Race();
}

void start();
