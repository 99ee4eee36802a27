import { connection } from './connection';
import { wireCopy } from './copy';
import { wireDrop } from './documents/drop';
import { element, pause } from './dom';
import { Figures } from './figures';
import { count } from './format';
import { Loading } from './loading';
import type { WordMap } from './map/map';
import { first, idle, near, once, painted } from './moment';
import { registerOffline } from './offline';
import { SIZES } from './sizes';
import { wireTheme } from './theme';
import type { Hit } from './wordnet/protocol';
import { Words } from './words/words';

// This much is in the first script: the examples answer with it. All else comes when the page has been
// painted and has nothing to do, or when somebody wants it.
const page = document.querySelector('main')!;
const figures = new Figures(element('figures-list'));
const loading = new Loading(element('state'), SIZES.model + SIZES.index);
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
let hits: readonly Hit[] = [];
let map: WordMap | undefined;

/** Somebody is at work on the page. */
const used = first(page, 'focusin', 'pointerdown');
/** Somebody needs the model. */
const wanted = Promise.race([
  first(page, 'input', 'submit', 'change'),
  first(window, 'drop'),
  ...(words.needsModel ? [Promise.resolve()] : []),
]);
let isBegun = false;
/** Settles when the latest attempt to load has come to its end. */
let loaded: Promise<void> = Promise.resolve();

const openSections = once(async () => {
  const { Sections } = await import('./sections');
  const sections = new Sections();
  sections.onFailure = (error) => void fail(error);
  return sections;
});

const openEngine = once(async () => {
  const { Engine } = await import('./engine');
  const engine = new Engine(loading, figures);
  engine.onModel = (model) => void openSections().then((all) => all.use(model, loaded.then(idle)));
  return engine;
});

const showMap = once(async () => {
  const engine = await openEngine();
  const [places, { WordMap }] = await Promise.all([engine.places(), import('./map/map')]);
  await pause();
  map ??= new WordMap();
  map.onChoose = (index, byKeyboard) => words.lookAround(index, byKeyboard);
  map.show(hits, true);
  await pause();
  await map.use(places, (index) => words.entry(index));
});

function load(): void {
  isBegun = true;
  loaded = attempt();
}

async function attempt(): Promise<void> {
  const signal = loading.begin();
  try {
    const engine = await openEngine();
    const shown = showMap();
    // Loading reports what is wrong with the map.
    shown.catch(() => {});
    const { model, collection } = await engine.load(signal, Promise.race([used, wanted]));
    loading.ready(
      `${count(collection.size, 'word')} and a model, on your device. Nothing you type leaves it.`,
    );
    words.use(model, collection);
    await shown;
    map?.label();
    registerOffline();
  } catch (error) {
    if (signal.aborted) loading.stopped();
    else await fail(error, true);
  }
}

/** @param isKept whether what has arrived still works */
async function fail(error: unknown, isKept = false): Promise<void> {
  try {
    const [{ explain }, engine] = await Promise.all([import('./explain'), openEngine()]);
    loading.fail(explain(error));
    if (!isKept) await engine.drop();
  } catch {
    loading.fail('The page’s scripts could not be loaded. Check the connection and reload the page.');
  }
}

/** What is not in the first script: each part when the browser has time for it, or somebody is at work. */
async function begin(): Promise<void> {
  await painted();
  await Promise.race([idle(), used, wanted]);
  const engine = await openEngine();
  const allowed = (await engine.isHere()) ? 'good' : connection();
  if (allowed === 'saves') loading.ask();
  if (allowed === 'costs') loading.offer();
  // The map is small, and shows the examples' answers. Loading will say if it cannot be downloaded.
  const calm = showMap().then(idle, () => {});
  void Promise.race([near(element('documents')), calm, used])
    .then(openSections)
    .catch(() => {});
  await Promise.race([calm, used, wanted]);
  if (allowed === 'saves') return;
  if (allowed === 'costs') await wanted;
  if (!isBegun) load();
}

words.onHits = (found, isChosen) => {
  hits = found;
  map?.show(found, isChosen);
};
words.onPoint = (index) => map?.point(index);
words.onFailure = (error) => void fail(error);
loading.onState = (state) => words.expect(state === 'loading' || state === 'ready');
loading.onStart = load;
// At once: a file that is dropped before would replace the page.
wireDrop((files) => void openSections().then(({ documents }) => documents.take(files)));
words.offer(element('examples'));
words.begin();
wireTheme(element<HTMLButtonElement>('theme'), () => map?.paint());
wireCopy(element<HTMLButtonElement>('copy-link'), () => words.link);
const command = element('command');
wireCopy(
  element<HTMLButtonElement>('copy'),
  () => command.textContent!,
  () => getSelection()?.selectAllChildren(command),
);
void begin().catch(fail);
