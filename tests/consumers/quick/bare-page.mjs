// <script type="module"> from a static server: no bundler, no configuration.
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { STRICT, works } from '../support/page.mjs';
import { installed, page, program, project } from '../support/project.mjs';

function barePage() {
  const folder = project({ text: program("{ baseUrl: '/models' }", './edgebert/index.js') });
  cpSync(join(installed(folder), 'dist'), join(folder, 'edgebert'), { recursive: true });
  return folder;
}

test('a bare page', () => works(barePage()));

test('a bare page under a path', () => works(barePage(), { path: '/some/where/' }));

test('a bare page with a strict Content-Security-Policy', () =>
  works(barePage(), { headers: { 'content-security-policy': STRICT } }));

test('a bare page with an import map for the single file', async () => {
  const folder = project();
  cpSync(join(installed(folder), 'dist'), join(folder, 'edgebert'), { recursive: true });
  const map = '<script type="importmap">{ "imports": { "edgebert": "./edgebert/edgebert.min.js" } }</script>';
  writeFileSync(join(folder, 'index.html'), page('./program.js').replace('<script', `${map}<script`));
  await works(folder);
});
