/**
 * Lets a service worker keep the page for visits without a network. Only the built page has one,
 * and only where the browser allows it: without it, all else works the same.
 */
export function registerOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register(new URL('service-worker.js', document.baseURI)).catch(() => {});
}
