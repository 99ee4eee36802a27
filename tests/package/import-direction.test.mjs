// Imports in js/ run down: no module imports from a floor above its own, or from another room of its floor.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const js = fileURLToPath(new URL('../../js', import.meta.url));
/** The rooms of each floor, the ground floor first. */
const FLOORS = [
  ['shared'],
  ['storage', 'vectors'],
  ['loading'],
  ['engine'],
  ['webgpu'],
  ['workers'],
  ['models'],
  ['search', 'pack'],
  ['ai-sdk', 'react', 'semantic-embedder', 'transformers', 'cli'],
];
const ENTRIES = FLOORS.length;

const modules = readdirSync(js, { recursive: true })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => /(?<!\.d)\.ts$/.test(name));
const roomOf = (module) => (module.includes('/') ? module.split('/')[0] : undefined);

function floorOf(module) {
  const room = roomOf(module);
  return room === undefined ? ENTRIES : FLOORS.findIndex((rooms) => rooms.includes(room));
}

/** What a module imports from js/, types included, as paths inside js/. */
function importsOf(module) {
  const text = readFileSync(join(js, module), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g)]
    .map(([, path]) => `${posix.join(dirname(module), path)}.ts`)
    .filter((path) => !path.startsWith('..'));
}

test('every folder of js/ has a floor', () => {
  assert.deepEqual(
    modules.filter((module) => floorOf(module) === -1),
    [],
  );
});

test('no import runs up, or across a floor', () => {
  const wrong = modules
    .filter((module) => floorOf(module) < ENTRIES)
    .flatMap((module) =>
      importsOf(module)
        .filter((target) => roomOf(target) !== roomOf(module) && floorOf(target) >= floorOf(module))
        .map((target) => `${module} imports ${target}`),
    );
  assert.deepEqual(wrong, []);
});

test('the root holds what package.json names, and what these modules share', () => {
  const { exports, bin } = JSON.parse(readFileSync(join(js, '../package.json'), 'utf8'));
  const files = (value) => (typeof value === 'string' ? [value] : Object.values(value).flatMap(files));
  const named = files({ exports, bin }).flatMap(
    (file) => /dist\/([\w-]+)(?:\.d)?\.[jt]s$/.exec(file)?.[1] ?? [],
  );
  // The main entry and edgebert/inline re-export the first; the second knows the files beside the bundle, and
  // bundlers resolve its addresses from where it is. The others are imported by their addresses.
  const shared = ['exports', 'package-files', 'webgpu', 'calibrate'];
  assert.deepEqual(
    modules.filter((module) => !roomOf(module) && ![...named, ...shared].includes(module.replace('.ts', ''))),
    [],
  );
});
