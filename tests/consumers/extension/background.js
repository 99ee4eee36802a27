// A service worker: it can start no workers of its own, so the model is on its thread.
import { MiniLML6V2, WasmModel } from './edgebert/index.js';
import { texts } from './texts.js';

chrome.runtime.onMessage.addListener((message, _, answer) => {
  encode().then(
    (vectors) => answer({ vectors }),
    (error) => answer({ error: String(error) }),
  );
  // The answer comes later.
  return true;
});

async function encode() {
  const model = await WasmModel.from_type(MiniLML6V2, { baseUrl: '/models' });
  const vectors = [...model.encode(texts)];
  model.free();
  return vectors;
}
