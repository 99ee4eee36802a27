// Sets up what the other commands need, and only what is missing. Node's own modules are all that
// it may use: it runs before anything is installed.
//
//   node scripts/setup.mjs            what building and the demo need
//   node scripts/setup.mjs --tests    and a browser for the tests
import { setUpBrowser } from './toolchain/chromium.mjs';
import { sweepTemporaries } from './lib/files.mjs';
import { setUpNpm } from './toolchain/npm.mjs';
import { setUpRust } from './toolchain/rust.mjs';
import { Stop, main, step } from './lib/say.mjs';
import { setUpTools } from './toolchain/cargo-tools.mjs';

const NODE = [20, 19];

/** Afterwards PATH finds cargo, rustc, wasm-pack and wasm-bindgen; CHROME_PATH and CHROMEDRIVER are set with `tests`. */
export async function setup({ tests = false } = {}) {
  checkNode();
  sweepTemporaries();
  step('setup', await setUpRust());
  step('setup', await setUpTools());
  step('setup', await setUpNpm());
  if (tests) step('setup', await setUpBrowser());
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < NODE[0] || (major === NODE[0] && minor < NODE[1])) {
    throw new Stop(`Node ${NODE.join('.')} or newer is needed; this is ${process.versions.node}.`);
  }
}

await main(import.meta, (args) => setup({ tests: args.includes('--tests') }));
