// The popup is a page: it can start workers.
import { MiniLML6V2, WorkerModel, similarity } from './edgebert/edgebert.min.js';

const form = document.querySelector('form');
const output = (id) => document.getElementById(id);
const model = WorkerModel.from_type(MiniLML6V2, { baseUrl: '/models' });

async function compare() {
  const texts = [form.elements.a.value, form.elements.b.value];
  chrome.runtime.sendMessage(texts).then((answer) => (output('background').value = answer));
  const { dimension } = await model;
  const vectors = await (await model).encode(texts);
  output('popup').value = similarity(vectors.subarray(0, dimension), vectors.subarray(dimension)).toFixed(2);
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  compare();
});
await compare();
