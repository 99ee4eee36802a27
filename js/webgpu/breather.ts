/** Milliseconds of work after which others get their turn. */
const LONGEST_TURN = 10;

/**
 * Lets requests in that wait for this thread, such as queries, whenever it has worked for a while: a large
 * model takes seconds to read and to lay out. Call what this returns between two parts of such work.
 */
export function breather(): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began < LONGEST_TURN) return;
    await new Promise((resolve) => setTimeout(resolve));
    began = performance.now();
  };
}
