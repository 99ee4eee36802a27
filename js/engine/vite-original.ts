/**
 * The address of a file in dist/ under Vite's dev server, which up to version 7 runs a copy of a script from
 * another folder and leaves the files beside it where they were; undefined elsewhere.
 */
export function viteOriginal(scriptUrl: string, file: string): URL | undefined {
  const [modules, copy] = scriptUrl.split('/.vite/deps/');
  return copy === undefined ? undefined : new URL(`${modules}/edgebert/dist/${file}`);
}
