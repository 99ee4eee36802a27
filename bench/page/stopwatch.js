// How long one call takes, where the clock is coarser than a call.

/**
 * Calls `run(times)` with more and more times until a call of it takes `enough` ms.
 *
 * @returns milliseconds per repetition (`each`), and how often to repeat so that a sample takes `wanted`
 * ms (`times`)
 */
export async function calibrate(run, enough, wanted) {
  for (let times = 1; ; times *= 2) {
    const each = await sample(run, times);
    if (each * times >= enough) return { each, times: Math.max(1, Math.round(wanted / each)) };
  }
}

/** Milliseconds per repetition, over `times` of them. */
export async function sample(run, times) {
  const start = performance.now();
  await run(times);
  return (performance.now() - start) / times;
}
