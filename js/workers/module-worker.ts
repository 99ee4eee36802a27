/**
 * A worker that runs the script at an address. Browsers refuse scripts of another origin than the
 * page's, such as a package's on a CDN; but a script of the page's own may import those.
 */
export function moduleWorker(url: string | URL): Worker {
  return new Worker(isElsewhere(url) ? importing(url) : url, { type: 'module' });
}

/** Whether an address is on another host than the page. */
export function isElsewhere(url: string | URL): boolean {
  const page = globalThis.location;
  if (!page) return false;
  const { origin, protocol } = new URL(url, page.href);
  return /^https?:$/.test(protocol) && origin !== page.origin;
}

function importing(url: string | URL): string {
  const script = `import ${JSON.stringify(String(url))};`;
  return URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
}
