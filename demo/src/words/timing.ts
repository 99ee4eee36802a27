/** Names of the measurements that the page takes of itself; `performance.getEntriesByName` has them. */
const KEYSTROKE = 'edgebert:keystroke-to-paint';

/** Notes the time from `start` until what was just put on the page has been painted. */
export function measurePaint(start: number, done: (ms: number) => void): void {
  // A message that is sent in the frame's callback arrives after the frame is painted.
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      const { duration } = performance.measure(KEYSTROKE, { start, end: performance.now() });
      done(duration);
    };
    port2.postMessage(undefined);
  });
}
