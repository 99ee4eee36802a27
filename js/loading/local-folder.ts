import { builtin } from '../shared/node.js';
import { readName } from './names.js';

/** What makes a folder a model's. */
const SIGNS = ['config.json', 'model-int8.safetensors', 'modules.json'];

/**
 * A hint for an id of the hub that is a model's folder on this disk too; undefined for all others, and in
 * browsers.
 */
export function localFolderHint(source: string | URL): string | undefined {
  const [fs, path] = [builtin('node:fs'), builtin('node:path')];
  // Deno would ask its user for the permission to look.
  if (!fs || !path || 'Deno' in globalThis) return undefined;
  const name = readName(source);
  if (name.kind !== 'hub' || !SIGNS.some((file) => fs.existsSync(path.join(name.id, file)))) return undefined;
  return `${name.id} is read as an id of the hub; for the folder on this disk, write ./${name.id}`;
}
