// Playwright brings a browser of its own; Chrome for Testing has the driver of that very version.
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { download, reason } from '../lib/download.mjs';
import { temporaryName } from '../lib/files.mjs';
import { inRoot, tools } from '../lib/paths.mjs';
import { runNode } from '../lib/run.mjs';
import { Stop } from '../lib/say.mjs';

const platforms = {
  'linux-x64': 'linux64',
  'darwin-arm64': 'mac-arm64',
  'darwin-x64': 'mac-x64',
  'win32-x64': 'win64',
};
const platform = platforms[`${process.platform}-${process.arch}`];
const program = process.platform === 'win32' ? 'chromedriver.exe' : 'chromedriver';

/** Where the browser and its driver are, or will be. */
export async function playwrightBrowser() {
  const { default: playwright } = await import('playwright-core');
  return {
    browser: playwright.chromium.executablePath(),
    driver: join(tools, `chromedriver-${version()}`, program),
  };
}

/** @param failure the sentence to stop with */
export async function installPlaywrightBrowser(failure) {
  await runNode(inRoot('node_modules', 'playwright', 'cli.js'), ['install', '--no-shell', 'chromium'], {
    failure,
    log: 'playwright',
  });
  const { driver } = await playwrightBrowser();
  try {
    await downloadDriver(driver);
  } catch (error) {
    throw new Stop(`${failure} (chromedriver ${version()}: ${reason(error)})`);
  }
}

function version() {
  const { browsers } = JSON.parse(
    readFileSync(inRoot('node_modules', 'playwright-core', 'browsers.json'), 'utf8'),
  );
  return browsers.find((browser) => browser.name === 'chromium').browserVersion;
}

async function downloadDriver(path) {
  const { unzipSync } = await import('fflate');
  const host = process.env.CHROMEDRIVER_CDNURL ?? 'https://storage.googleapis.com/chrome-for-testing-public';
  const archive = temporaryName('chromedriver.zip');
  try {
    const found =
      platform && (await download(`${host}/${version()}/${platform}/chromedriver-${platform}.zip`, archive));
    if (!found) throw new Error(`there is none for ${process.platform} on ${process.arch}`);
    const [bytes] = Object.values(
      unzipSync(readFileSync(archive), { filter: (file) => file.name.endsWith(`/${program}`) }),
    );
    const unpacked = temporaryName(program);
    writeFileSync(unpacked, bytes);
    chmodSync(unpacked, 0o755);
    mkdirSync(dirname(path), { recursive: true });
    renameSync(unpacked, path);
  } finally {
    rmSync(archive, { force: true });
  }
}
