// Child processes: quiet while they work, told in full when they fail.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Stop } from './say.mjs';

const TAIL_LINES = 40;

/** The trimmed standard output of a command, or undefined when it is missing or fails. */
export function ask(command, args = [], options = {}) {
  const answer = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000, ...options });
  return answer.status === 0 ? answer.stdout.trim() : undefined;
}

/** The full path of a command in PATH, or undefined. */
export function which(command) {
  return (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, command)).find(isExecutable);
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
 * Runs a command to its end.
 *
 * Its output is returned. A failure becomes a `Stop` with the sentence `failure` and the last
 * `tail` lines of the output.
 */
export function run(command, args, { failure, tail = TAIL_LINES, ...options }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => { output += text; });
    }
    const fail = () => {
      const last = output.trimEnd().split('\n').slice(-tail).join('\n');
      reject(new Stop(failure ?? `${command} failed.`, last));
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

/** Runs a command of an installed npm package by its script, so that no shell or PATH is involved. */
export function runNode(script, args, options) {
  return run(process.execPath, [script, ...args], options);
}

/** Puts a folder at the front of PATH, for this process and all that it starts. */
export function preferPath(folder) {
  const parts = (process.env.PATH ?? '').split(delimiter).filter((part) => part !== folder);
  process.env.PATH = [folder, ...parts].join(delimiter);
}
