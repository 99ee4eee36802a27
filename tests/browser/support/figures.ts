import { test } from '@playwright/test';

/** With EDGEBERT_STRESS set, tests do what they promise in full, and print their figures. */
export const stress = Boolean(process.env.EDGEBERT_STRESS);

/** Notes a figure beside the test's result. */
export function figure(what: string, value: string): void {
  test.info().annotations.push({ type: what, description: value });
  if (stress) console.log(`      ${what}: ${value}`);
}

/** Quantiles of milliseconds, in words. */
export function spread(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)]!;
  return `median ${median.toFixed(1)} ms, longest ${sorted.at(-1)!.toFixed(1)} ms of ${sorted.length}`;
}
