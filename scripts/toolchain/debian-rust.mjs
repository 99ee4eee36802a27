// Where rustup's download server cannot be reached: Debian's own Rust, and the target's standard
// library built from the source that Debian ships with it.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { aptInstall, asRoot } from './apt.mjs';
import { fillFolderAtOnce } from '../lib/files.mjs';
import { tools } from '../lib/paths.mjs';
import { canBuild, target } from './rust-target.mjs';
import { ask, preferPath, run } from '../lib/run.mjs';
import { Stop, step } from '../lib/say.mjs';

const packages = ['rustc-web', 'cargo-web', 'rust-web-src', 'rust-web-llvm', 'lld-22'];
const optional = ['rust-web-clippy'];
const noRoute =
  `Rust's ${target} target is missing: rustup could not add it, and Debian's packages to build it from ` +
  `were not installed. With a network, "rustup target add ${target}" installs it.`;

export const debianRust = {
  /** Holds links to Debian's commands: in front of PATH they win over rustup's, and nothing else moves. */
  bin: join(tools, 'debian-rust'),
  isReady: () => existsSync(debianRust.bin),
};

export async function installDebianRust() {
  if (!canBuild('/usr/bin/rustc')) {
    step('setup', "rustup cannot add it: trying Debian's Rust instead");
    if (!(await aptInstall(packages))) throw new Stop(noRoute);
    await aptInstall(optional).catch(() =>
      step('setup', "Debian's clippy could not be installed: its check will be left out"),
    );
    step('setup', 'building the standard library for WebAssembly (about a minute)');
    await buildStandardLibrary();
  }
  if (!canBuild('/usr/bin/rustc')) throw new Stop(noRoute);
  await fillFolderAtOnce(debianRust.bin, (folder) => {
    for (const name of readdirSync('/usr/bin').filter(isRustCommand)) {
      symlinkSync(`/usr/bin/${name}`, join(folder, name));
    }
  });
  preferPath(debianRust.bin);
}

function isRustCommand(name) {
  return /^(rustc|rustdoc|rustfmt|cargo|cargo-clippy|cargo-fmt|clippy-driver)$/.test(name);
}

async function buildStandardLibrary() {
  // Outside the repository, whose .cargo/config.toml would have its say otherwise.
  const crate = mkdtempSync(join(tmpdir(), 'edgebert-std-'));
  mkdirSync(join(crate, 'src'));
  writeFileSync(join(crate, 'src', 'lib.rs'), '#![no_std]\n');
  writeFileSync(
    join(crate, 'Cargo.toml'),
    '[package]\nname = "std-only"\nversion = "0.0.0"\nedition = "2021"\n',
  );
  const failure = "Debian's Rust could not build the standard library for WebAssembly.";
  const env = {
    ...process.env,
    PATH: ['/usr/bin', process.env.PATH].join(delimiter),
    // -Z options are nightly's; this variable lets Debian's stable compiler build its own std.
    RUSTC_BOOTSTRAP: '1',
    CARGO_TARGET_DIR: join(crate, 'target'),
  };
  const std = '-Zbuild-std=std,panic_abort,panic_unwind,test';
  await run('/usr/bin/cargo', ['build', '--release', `--target=${target}`, std], {
    cwd: crate,
    env,
    failure,
    log: 'rust-std',
  });
  const built = join(crate, 'target', target, 'release', 'deps');
  const sysroot = ask('/usr/bin/rustc', ['--print', 'sysroot']);
  const installed = join(sysroot, 'lib', 'rustlib', target);
  // Under a name of its own first: the compiler sees the whole library or none of it.
  const script =
    'rm -rf "$2" "$2.partial" && mkdir -p "$2.partial/lib" && cp "$1"/*.rlib "$2.partial/lib/" && mv "$2.partial" "$2"';
  const prefix = await asRoot(`cp -r ${built} ${installed}`);
  if (!prefix) throw new Stop(noRoute);
  const [command, ...args] = [...prefix, 'sh', '-c', script, 'sh', built, installed];
  await run(command, args, { failure, log: 'rust-std' });
  rmSync(crate, { recursive: true });
}
