import { builtin } from '../shared/node.js';

/** What makes a folder a model's. */
const SIGNS = ['config.json', 'model-int8.safetensors', 'modules.json'];

/** A hint for an id of the hub that is a model's folder on this disk too; undefined for all others. */
export function localFolderHint(id: string): string | undefined {
  const fs = builtin('node:fs')!;
  // Deno would ask its user for the permission to look.
  if ('Deno' in globalThis || !SIGNS.some((file) => fs.existsSync(`${id}/${file}`))) return undefined;
  return `${id} is read as an id of the hub; for the folder on this disk, write ./${id}`;
}
