import { about } from './about';
import { Comparison } from './comparison';
import { Matrix } from './matrix';
import { ModelPanel } from './model-panel';
import { Rows } from './rows';
import { element } from './dom';

const SEED = ['doctor', 'physician', 'banana'];

const matrix = new Matrix(element('matrix'), element('timing'));
const rows = new Rows(element('rows'), element<HTMLButtonElement>('add'), SEED);
const comparison = new Comparison(rows, matrix);

const panel = new ModelPanel(element('model'));
panel.onReady = (model) => {
  comparison.use(model);
  about(element('about'), model);
};
comparison.onFailure = (failure) => panel.fail(failure);

comparison.show();
void panel.load();
for (const part of document.querySelectorAll<HTMLElement>('main, footer')) part.hidden = false;
