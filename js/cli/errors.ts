/** A problem outside this program, reported in one line: a missing file, a full disk. */
export class Failure extends Error {}

/** An invalid command line: exit code 2. */
export class UsageError extends Failure {}

/** Node's reason for a file error without its code and path: `no such file or directory`. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^E[A-Z0-9]+: ([^,]+)/.exec(message)?.[1] ?? message;
}
