// Sets up what the other commands need, and only what is missing. Node's own modules are all that
// it may use: it runs before anything is installed.
//
//   node scripts/setup.mjs            what building and the demo need
//   node scripts/setup.mjs --tests    and the browsers for the tests
import { setUpBrowser } from './toolchain/chromium.mjs';
import { setUpFirefox } from './toolchain/firefox.mjs';
import { sweepTemporaries } from './lib/files.mjs';
import { setUpNpm } from './toolchain/npm.mjs';
import { setUpRust } from './toolchain/rust.mjs';
import { Stop, main, step } from './lib/say.mjs';
import { setUpTools } from './toolchain/cargo-tools.mjs';
import { setUpWebKit } from './toolchain/webkit.mjs';

const NODE = [20, 19];
const browserSetups = { chromium: setUpBrowser, firefox: setUpFirefox, webkit: setUpWebKit };

/**
 * Afterwards PATH finds cargo, rustc, wasm-pack and wasm-bindgen.
 *
 * @param browsers of 'chromium', 'firefox' and 'webkit' those that are needed: variables such as
 * CHROME_PATH then name them
 */
export async function setup({ browsers = [] } = {}) {
  checkNode();
  sweepTemporaries();
  step('setup', await setUpRust());
  step('setup', await setUpTools());
  step('setup', await setUpNpm());
  for (const browser of browsers) step('setup', await browserSetups[browser]());
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < NODE[0] || (major === NODE[0] && minor < NODE[1])) {
    throw new Stop(`Node ${NODE.join('.')} or newer is needed; this is ${process.versions.node}.`);
  }
}

await main(import.meta, (args) =>
  setup({ browsers: args.includes('--tests') ? Object.keys(browserSetups) : [] }),
);
