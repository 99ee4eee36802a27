import { Comparison } from './comparison';
import { Documents } from './documents/documents';
import { element } from './dom';
import { Engine } from './engine';
import { explain } from './explain';
import { Figures } from './figures';
import { count } from './format';
import { wireInstall } from './install';
import { Loading } from './loading';
import { WordMap } from './map/map';
import { Matrix } from './matrix';
import { registerOffline } from './offline';
import { Rows } from './rows';
import { wireTheme } from './theme';
import { Words } from './words/words';

const SEED = ['doctor', 'physician', 'banana'];

const figures = new Figures(element('figures-list'));
const loading = new Loading(element('state'));
const engine = new Engine(loading, figures);
const map = new WordMap();
const words = new Words(
  element<HTMLInputElement>('query'),
  element('answers'),
  element('answers-time'),
  element('answers-heard'),
  figures,
);
const comparison = new Comparison(
  new Rows(element('rows'), element<HTMLButtonElement>('add'), SEED),
  new Matrix(element('matrix'), element('timing')),
);
const documents = new Documents();

async function load(): Promise<void> {
  const signal = loading.begin();
  try {
    const { model, collection } = await engine.load(signal);
    loading.ready(
      `${count(collection.size, 'word')} and a model, on your device. Nothing you type leaves it.`,
    );
    map.use(collection);
    words.use(model, collection);
  } catch (error) {
    if (signal.aborted) loading.stopped();
    else loading.fail(explain(error));
  }
}

async function fail(error: unknown): Promise<void> {
  loading.fail(explain(error));
  await engine.drop();
}

engine.onModel = (model) => {
  comparison.use(model);
  void documents.use(model);
};
loading.onRetry = () => void load();
words.onHits = (hits) => map.show(hits);
words.onPoint = (index) => map.point(index);
words.onFailure = (error) => void fail(error);
comparison.onFailure = (error) => void fail(error);
map.onChoose = (index, byKeyboard) => words.lookAround(index, byKeyboard);

wireInstall();
words.offer(element('examples'));
wireTheme(element<HTMLButtonElement>('theme'), () => map.paint());
map.paint();
comparison.show();
void load();
registerOffline();
