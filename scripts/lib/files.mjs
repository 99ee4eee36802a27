// Writing so that a half-written file or folder never carries the final name.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { root, tools } from './paths.mjs';

/**
 * A name for work in progress: on the same disk as the result, ignored by git, used by no other process.
 */
export function temporaryName(path) {
  mkdirSync(join(tools, 'tmp'), { recursive: true });
  return join(tools, 'tmp', `${process.pid}-${basename(path)}`);
}

/** Removes what processes that were killed left behind. */
export function sweepTemporaries() {
  for (const name of existsSync(join(tools, 'tmp')) ? readdirSync(join(tools, 'tmp')) : []) {
    if (!isRunning(Number.parseInt(name, 10)))
      rmSync(join(tools, 'tmp', name), { recursive: true, force: true });
  }
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

export function writeFileAtOnce(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

/** Calls `fill` with an empty folder, and gives that folder the name `path` once `fill` is through. */
export async function fillFolderAtOnce(path, fill) {
  const temporary = temporaryName(path);
  const old = temporaryName(`${path}-old`);
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  try {
    const result = await fill(temporary);
    mkdirSync(dirname(path), { recursive: true });
    if (existsSync(path)) renameSync(path, old);
    renameSync(temporary, path);
    return result;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** All files under a folder (or the file itself), in a fixed order. */
export function listFiles(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => listFiles(join(path, name)));
}

/** One hash over the names and contents of files and folders. */
export function hashOf(paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(listFiles)) {
    hash
      .update(relative(root, file))
      .update('\0')
      .update(sha256(readFileSync(file)));
  }
  return hash.digest('hex');
}
