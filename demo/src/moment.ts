/** Resolves once what is on the page now has been painted. */
export function painted(): Promise<void> {
  return new Promise((resolve) => {
    // A hidden tab paints nothing, and must not wait until somebody looks at it.
    if (document.hidden) return resolve();
    requestAnimationFrame(() => setTimeout(resolve));
  });
}

/** Resolves once the page has loaded and has nothing to do. */
export async function idle(): Promise<void> {
  if (document.readyState !== 'complete')
    await new Promise((resolve) => addEventListener('load', resolve, { once: true }));
  await new Promise<void>((resolve) => {
    // Safari has no idle callbacks.
    if ('requestIdleCallback' in globalThis) requestIdleCallback(() => resolve());
    else setTimeout(resolve, 200);
  });
}

/** Resolves once a part of the page is no farther than a screen away, or has the focus. */
export function near(part: HTMLElement): Promise<void> {
  return new Promise((resolve) => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) done();
      },
      { rootMargin: '100% 0px' },
    );
    const done = () => {
      observer.disconnect();
      part.removeEventListener('focusin', done);
      resolve();
    };
    observer.observe(part);
    part.addEventListener('focusin', done);
  });
}

/** Resolves with the first of these events. */
export function first(target: EventTarget, ...names: string[]): Promise<void> {
  return new Promise((resolve) => {
    for (const name of names) target.addEventListener(name, () => resolve(), { once: true });
  });
}

/** Makes something on the first call, and again only if that failed. */
export function once<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | undefined;
  return () =>
    (made ??= make().catch((error) => {
      made = undefined;
      throw error;
    }));
}
