// Copies the package and the model into extension/, which can then be loaded at chrome://extensions
// ("Load unpacked"). An extension may not run scripts from elsewhere.
//
//   node prepare.mjs <folder with all-MiniLM-L6-v2/model-int8.safetensors>
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [models = here('../../models')] = process.argv.slice(2);

cpSync(here('node_modules/edgebert/dist'), here('extension/edgebert'), { recursive: true });
const model = 'all-MiniLM-L6-v2/model-int8.safetensors';
cpSync(`${models}/${model}`, here(`extension/models/${model}`));
