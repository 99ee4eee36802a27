// README, guides and the other pages: their links lead somewhere, their examples import what exists.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { version, repository, homepage } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const inFolder = (folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((name) => /\.md$/.test(name) && !/(^|\/)(node_modules|api)\//.test(name))
    .map((name) => join(folder, name));
const pages = [
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'bench/README.md'],
  ...inFolder('docs'),
  ...inFolder('examples'),
];
/** Other people's sites that pages may name. The project's own addresses are in package.json. */
const OTHERS =
  /^https:\/\/(rustup\.rs|github\.com\/(oramasearch\/orama|tantaraio\/voy|webmachinelearning)|huggingface\.co|docs\.npmjs\.com)\b/;

/** The heading's address on the page, as GitHub and TypeDoc make it. */
const slug = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

for (const page of pages) {
  const text = readFileSync(join(root, page), 'utf8');
  const prose = text.replace(/```[\s\S]*?```/g, '');

  test(`${page}: every link leads somewhere`, () => {
    for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) {
        const own = [repository?.url, repository, homepage].filter((address) => typeof address === 'string');
        assert.ok(OTHERS.test(target) || own.some((address) => target.startsWith(address)), target);
        continue;
      }
      const [path, anchor] = target.split('#');
      const file = path ? join(dirname(join(root, page)), path) : join(root, page);
      assert.ok(existsSync(file), `${target} is missing`);
      if (!anchor) continue;
      const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
        slug(heading),
      );
      assert.ok(headings.includes(anchor), `${target}: there is no such heading`);
    }
  });

  test(`${page}: examples import what the package exports`, async () => {
    for (const [, code] of text.matchAll(/```(?:js|ts|html)\n([\s\S]*?)```/g)) {
      for (const [, names, entry] of code.matchAll(/import (?:\w+, )?\{([^}]*)\} from '(edgebert[^']*)'/g)) {
        const exported = await import(entry);
        for (const name of names
          .split(',')
          .map((part) => part.trim())
          .filter(Boolean)) {
          assert.ok(name in exported, `${entry} does not export ${name}`);
        }
      }
      const { WasmModelType } = await import('edgebert');
      for (const [, name] of code.matchAll(/WasmModelType\.(\w+)/g)) assert.ok(name in WasmModelType, name);
    }
  });
}

test('the changelog has an entry for this version', () => {
  assert.match(
    readFileSync(join(root, 'CHANGELOG.md'), 'utf8'),
    new RegExp(`^## ${version.replaceAll('.', '\\.')}\\b`, 'm'),
  );
});
