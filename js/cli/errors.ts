/** What is no fault of this program, and is told in one line: a missing file, a full disk. */
export class Failure extends Error {}

/** A command line that means nothing: exit code 2. */
export class UsageError extends Failure {}

/** What Node says of a file that can't be had, without its code and path: `no such file or directory`. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^E[A-Z0-9]+: ([^,]+)/.exec(message)?.[1] ?? message;
}
