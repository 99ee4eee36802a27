// dist/THIRD-PARTY-NOTICES.txt: what the published files contain of others, and the licences that go along.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inRoot, root } from './paths.mjs';
import { run } from './run.mjs';
import { target } from '../toolchain/rust-target.mjs';

const LINE = '-'.repeat(80);

/** The text of the file. */
export async function notices() {
  const { packages, resolve } = JSON.parse(
    await run('cargo', ['metadata', '--format-version', '1', '--locked', '--filter-platform', target], {
      cwd: root,
      failure: 'cargo metadata failed.',
    }),
  );
  const linked = linkedCrates(packages, resolve).map(({ name, version, license, manifest_path }) => ({
    name: `${name} ${version} (Rust crate)`,
    license,
    text: licenceIn(dirname(manifest_path)),
  }));
  const unicode = packages.find(({ name }) => name === 'unicode-ident');
  const parts = [
    ...linked,
    rustLibrary(),
    {
      name: 'Tables of characters, derived from the Unicode Character Database',
      license: 'Unicode-3.0',
      text: readFileSync(join(dirname(unicode.manifest_path), 'LICENSE-UNICODE'), 'utf8'),
    },
    idb(),
  ];
  return `edgebert contains parts of the following works.\n\n${grouped(parts)}`;
}

/** The crates that the wasm contains: no build scripts, no macros, nothing of this repository. */
function linkedCrates(packages, { nodes }) {
  const byId = (list) => new Map(list.map((item) => [item.id, item]));
  const [crates, links] = [byId(packages), byId(nodes)];
  const isMacro = (id) => crates.get(id).targets.some(({ kind }) => kind.includes('proc-macro'));
  const seen = new Set();
  const visit = (id) => {
    if (seen.has(id) || isMacro(id)) return;
    seen.add(id);
    for (const { pkg, dep_kinds } of links.get(id).deps)
      if (dep_kinds.some(({ kind }) => kind === null)) visit(pkg);
  };
  visit(packages.find(({ name, source }) => name === 'edgebert' && source === null).id);
  return [...seen]
    .map((id) => crates.get(id))
    .filter(({ source }) => source !== null)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The MIT text where there is a choice. */
function licenceIn(folder) {
  const found = ['LICENSE-MIT', 'LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENSE-APACHE', 'COPYING']
    .map((name) => join(folder, name))
    .find((path) => existsSync(path));
  if (!found) throw new Error(`${folder} has no file with its licence`);
  return readFileSync(found, 'utf8');
}

function rustLibrary() {
  const mit = readFileSync(inRoot('LICENSE-MIT'), 'utf8');
  return {
    name: 'The Rust standard library',
    license: 'MIT OR Apache-2.0',
    text: mit.replace(/^Copyright.*$/m, 'Copyright (c) The Rust Project Contributors'),
  };
}

function idb() {
  const folder = inRoot('node_modules', 'idb');
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return { name: `idb ${version} (npm package)`, license, text: licenceIn(folder) };
}

/** Works that share a text, word for word, are listed above it. */
function grouped(parts) {
  const texts = new Map();
  for (const part of parts) {
    const text = part.text.trim();
    texts.set(text, [...(texts.get(text) ?? []), part]);
  }
  return [...texts]
    .map(([text, works]) => {
      const list = works.map(({ name, license }) => `${name}: ${license}`).join('\n');
      return `${LINE}\n${list}\n${LINE}\n\n${text}\n`;
    })
    .join('\n');
}
