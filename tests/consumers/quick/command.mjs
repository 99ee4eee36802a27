// The command line of the package, as npm puts it there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { modelFile, texts } from '../support/golden.mjs';
import { project, tarball } from '../support/project.mjs';

test('npx edgebert, in a project that npm installed it into', () => {
  const folder = project();
  const npm = (...args) =>
    execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  npm('install', '--offline', '--no-audit', '--no-fund', tarball());
  const [text] = texts;
  const cosine = npm(
    'exec',
    '--offline',
    '--',
    'edgebert',
    'similarity',
    '--model',
    modelFile,
    '--quiet',
    text,
    text,
  );
  assert.equal(Number(cosine), 1);
});
