import { MiniLML6V2, WorkerModel, similarity } from 'edgebert';

const form = document.querySelector('form');
const output = document.querySelector('output');

const model = await WorkerModel.from_type(MiniLML6V2, {
  baseUrl: './models',
  onProgress: ({ loaded, total }) =>
    (output.value = `Loading the model: ${Math.round((100 * loaded) / total)} %`),
});

async function compare() {
  const vectors = await model.encode([form.elements.a.value, form.elements.b.value]);
  const [a, b] = [vectors.subarray(0, model.dimension), vectors.subarray(model.dimension)];
  output.value = similarity(a, b).toFixed(2);
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  compare();
});
await compare();
