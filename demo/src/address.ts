/**
 * What the page shows, in its address: a link to it opens the same, and Back returns to what stood
 * there before.
 */
type Name = 'q' | 's';

/** The values of a parameter in the address. */
export function inAddress(name: Name): string[] {
  return new URL(location.href).searchParams.getAll(name);
}

/**
 * Writes a parameter into the address.
 *
 * @param values none removes it
 * @param how `push` for a step that Back undoes; `replace` while somebody is typing
 */
export function setAddress(name: Name, values: readonly string[], how: 'push' | 'replace'): void {
  const address = new URL(location.href);
  address.searchParams.delete(name);
  for (const value of values) address.searchParams.append(name, value);
  if (address.href === location.href) return;
  // What follows "#" belongs to the link that was clicked, not to what is shown.
  history[how === 'push' ? 'pushState' : 'replaceState'](history.state, '', address);
}

/** Calls back when Back or Forward changed the address. */
export function onAddress(changed: () => void): void {
  addEventListener('popstate', changed);
}
