// Keeps the page itself for visits without a network. The build writes the names of its files here;
// the model and the words keep themselves (in IndexedDB and in a cache of the page's own).
const VERSION = __VERSION__;
const FILES = __FILES__;
const PAGE = new URL('./', self.location).href;
const PREFIX = 'edgebert-page-';

self.addEventListener('install', (event) => {
  // All of them or none: a page of two versions would not work.
  const requests = FILES.map((file) => new Request(new URL(file, PAGE), { cache: 'no-cache' }));
  event.waitUntil(caches.open(PREFIX + VERSION).then((store) => store.addAll(requests)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names
            .filter((name) => name.startsWith(PREFIX) && name !== PREFIX + VERSION)
            .map((name) => caches.delete(name)),
        ),
      ),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(PAGE)) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const store = await caches.open(PREFIX + VERSION);
  const { origin, pathname } = new URL(request.url);
  // One page for every address with a query in it; other files of the site, such as the licence, are what they are.
  const isPage = request.mode === 'navigate' && [PAGE, `${PAGE}index.html`].includes(origin + pathname);
  // What is kept is the same for everybody, whatever a host says its answers depend on.
  return (await store.match(isPage ? PAGE : request, { ignoreVary: true })) ?? fetch(request);
}
