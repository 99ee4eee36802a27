// The packed package in the projects of tests/consumers: the quick ones need nothing more than the
// repository does; the others bring bundlers and runtimes along, some 600 MB.
import { join } from 'node:path';
import { installFrom } from '../toolchain/npm.mjs';
import { listFiles } from './files.mjs';
import { inRoot, tools } from './paths.mjs';

const projects = inRoot('tests', 'consumers');

/** The files of the tests, and in .tools/consumers what they need. */
export async function consumerTests({ all }) {
  if (all)
    await installFrom(projects, join(tools, 'consumers'), 'the bundlers and runtimes of tests/consumers');
  return ['quick', ...(all ? ['full'] : [])].flatMap((half) => listFiles(join(projects, half)));
}
