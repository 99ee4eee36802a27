// Child processes: quiet while they work, shown in full when they fail.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { root, tools } from './paths.mjs';
import { Stop } from './say.mjs';

/** The trimmed standard output of a command, or undefined when it is missing or fails. */
export function ask(command, args = [], options = {}) {
  const answer = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000, ...options });
  return answer.status === 0 ? answer.stdout.trim() : undefined;
}

/** The full path of a command in PATH, or undefined. */
export function which(command) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, command))
    .find(isExecutable);
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs a command to its end, and returns all that it printed.
 *
 * A failure becomes a `Stop` with the sentence `failure`. The output goes along with it, or, where
 * `log` gives a name, into .tools/log/: for commands whose last words help few.
 */
export function run(command, args, { failure = `${command} failed.`, log, ...options }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    const fail = () => {
      if (log) reject(new Stop(`${failure} What it printed is in ${keep(log, output)}.`));
      else reject(new Stop(failure, output.trimEnd()));
    };
    child.on('error', (error) => {
      output += `${command}: ${error.message}`;
      fail();
    });
    child.on('close', (code, signal) => {
      // Ctrl-C reaches the whole group: the child's end is then no failure to explain.
      if (signal === 'SIGINT') process.exit(130);
      if (code === 0) resolve(output);
      else fail();
    });
  });
}

function keep(name, output) {
  const path = join(tools, 'log', `${name}.txt`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, output);
  return relative(root, path);
}

/** Runs a command of an installed npm package by its script, so that no shell or PATH is involved. */
export function runNode(script, args, options) {
  return run(process.execPath, [script, ...args], options);
}

/** Puts a folder at the front of PATH, for this process and all that it starts. */
export function preferPath(folder) {
  const parts = (process.env.PATH ?? '').split(delimiter).filter((part) => part !== folder);
  process.env.PATH = [folder, ...parts].join(delimiter);
}
