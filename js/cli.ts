#!/usr/bin/env node
import * as http from 'node:http';
import './package-files.js';
import { EdgeBertError } from './shared/errors.js';
import { download } from './cli/download.js';
import { embed } from './cli/embed.js';
import { Failure, UsageError } from './cli/errors.js';
import { index } from './cli/index-command.js';
import { merge } from './cli/merge.js';
import { parse } from './cli/options.js';
import { removePartials } from './cli/output/target.js';
import { pack } from './cli/pack.js';
import { serve } from './cli/serve.js';
import { similarity } from './cli/similarity.js';
import { USAGE } from './cli/usage.js';
import { version } from './cli/version.js';

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<void>>> = {
  embed,
  similarity,
  pack,
  index,
  merge,
  download,
  serve,
};
const GLOBAL = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' } } as const;

// The reader at the other end, such as `head`, has closed the pipe: this is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.stderr.write(`edgebert: ${error.message}\n`);
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});
process.stderr.on('error', () => {});
process.on('exit', removePartials);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    removePartials();
    // Without a listener the signal ends the process, and its parent sees which signal it was.
    process.kill(process.pid, signal);
  });
}

async function run([name = '', ...args]: string[]): Promise<void> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command) return command(args);
  if (name !== '' && !name.startsWith('-')) throw new UsageError(`there is no command '${name}'`);
  const { values } = parse(name ? [name, ...args] : [], GLOBAL);
  if (values.version) return void process.stdout.write(`${version()}\n`);
  if (values.help) return void process.stdout.write(USAGE);
  process.stderr.write(USAGE);
  process.exitCode = 2;
}

function tell(error: unknown, command: string | undefined): void {
  const expected =
    error instanceof Failure ||
    error instanceof EdgeBertError ||
    error instanceof TypeError ||
    error instanceof RangeError;
  const text = expected ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`edgebert: ${text}\n`);
  if (!(error instanceof UsageError)) return;
  const help = command && Object.hasOwn(COMMANDS, command) ? `edgebert ${command} --help` : 'edgebert --help';
  process.stderr.write(`Run \`${help}\` for usage.\n`);
}

// HTTPS_PROXY and its like, from the version of Node on whose `fetch` can follow them.
(http as { setGlobalProxyFromEnv?: () => void }).setGlobalProxyFromEnv?.();

const args = process.argv.slice(2);
try {
  await run(args);
} catch (error) {
  tell(error, args[0]);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
