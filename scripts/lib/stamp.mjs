// A stamp says that an output was made, whole, from exactly these inputs. It is written after the
// output, and it holds the output's own hash: an output that is missing, half-written or edited by
// hand doesn't match its stamp and is made again.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf, sha256, writeFileAtOnce } from './files.mjs';
import { tools } from './paths.mjs';

/**
 * Calls `make` unless `output` stands as an earlier run made it from the same inputs.
 *
 * @param inputs files and folders that go in; `settings` is everything else that does
 * @returns true when `make` was called
 */
export async function makeOnce({ name, inputs, settings, output }, make) {
  const stamp = join(tools, 'stamps', `${name}.json`);
  const from = sha256(JSON.stringify([hashOf(inputs), settings]));
  const line = () => JSON.stringify({ from, made: hashOf([output]) });
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === line()) return false;
  await make();
  writeFileAtOnce(stamp, line());
  return true;
}
