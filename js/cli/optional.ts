import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Failure } from './errors.js';

/**
 * An npm package that only some formats need and that does not come with this one. It is looked
 * for beside this package, then in the project of the working directory.
 *
 * @param purpose what needs it, for the error: `Parquet input`
 * @throws Failure that says what to install.
 */
export async function optionalPackage<T>(name: string, purpose: string): Promise<T> {
  const here = createRequire(join(process.cwd(), 'package.json'));
  try {
    return (await import(name)) as T;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
  }
  try {
    return (await import(pathToFileURL(here.resolve(name)).href)) as T;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const root = /^(@[^/]+\/)?[^/]+/.exec(name)![0];
    throw new Failure(`${purpose} needs the npm package ${root}: run \`npm install ${root}\``);
  }
}
