/**
 * Lets other tasks of this thread have their turn. A timer would wait 4 ms each time, and a second in a tab
 * that nobody looks at.
 */
export async function nextTask(): Promise<void> {
  // jsdom has no channels.
  if (typeof MessageChannel !== 'function') return new Promise((resolve) => setTimeout(resolve));
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.onmessage = resolve;
    port2.postMessage(undefined);
  });
  port1.close();
}
