// What the commands print: one short line a step, and plain sentences when something fails.

/**
 * A failure that a plain sentence explains: it is printed without a stack, under `detail` if there is any.
 */
export class Stop extends Error {
  constructor(message, detail = '') {
    super(message);
    this.detail = detail;
  }
}

export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** "setup  wasm-pack 0.15.1 is installed" */
export function step(stage, line) {
  say(`${stage.padEnd(6)} ${line}`);
}

export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

export function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/** Runs a command's main function when its file is the one that Node was started with. */
export async function main(meta, run) {
  const { realpathSync } = await import('node:fs');
  const { pathToFileURL } = await import('node:url');
  const started = process.argv[1] && pathToFileURL(realpathSync(process.argv[1])).href;
  if (meta.url !== started) return;
  try {
    await run(process.argv.slice(2));
  } catch (error) {
    const lines =
      error instanceof Stop ? [error.detail, error.message].filter(Boolean) : [error.stack ?? error];
    process.stderr.write(`\n${lines.join('\n\n')}\n`);
    process.exitCode = 1;
  }
}
