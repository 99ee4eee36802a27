// A service worker cannot start workers of its own, so the model is on its thread.
import { MiniLML6V2, WasmModel, similarity } from './edgebert/edgebert.min.js';

let loading;

async function compare(texts) {
  loading ??= WasmModel.from_type(MiniLML6V2, { baseUrl: '/models' });
  const model = await loading;
  const vectors = model.encode(texts);
  return similarity(vectors.subarray(0, model.dimension), vectors.subarray(model.dimension)).toFixed(2);
}

chrome.runtime.onMessage.addListener((texts, _, answer) => {
  compare(texts).then(answer, (error) => answer(String(error)));
  // The answer comes later.
  return true;
});
