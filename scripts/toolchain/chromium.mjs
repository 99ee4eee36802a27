// A Chromium and the driver of the same major version, for the tests.
import { aptInstall } from './apt.mjs';
import { installPlaywrightBrowser, playwrightBrowser } from './playwright-browser.mjs';
import { ask, isExecutable, which } from '../lib/run.mjs';
import { Stop, step } from '../lib/say.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const macApplications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const noBrowser =
  'The tests need Chromium or Chrome and the chromedriver of the same version, and they could not be installed. ' +
  'Install both, or set CHROME_PATH and CHROMEDRIVER to them, then run this again.';

/** Makes CHROME_PATH and CHROMEDRIVER name a browser and its driver. */
export async function setUpBrowser() {
  const pair = installed() ?? (await fromPlaywright()) ?? (await fromDebian()) ?? (await downloaded());
  if (!pair) throw new Stop(noBrowser);
  process.env.CHROME_PATH = pair.browser;
  process.env.CHROMEDRIVER = pair.driver;
  return `${pair.name} ${pair.version}`;
}

function installed() {
  const { CHROME_PATH, CHROMEDRIVER } = process.env;
  if (CHROME_PATH && !isExecutable(CHROME_PATH)) {
    throw new Stop(`CHROME_PATH is ${CHROME_PATH}, which cannot be executed.`);
  }
  const browsers = CHROME_PATH
    ? [CHROME_PATH]
    : [...names.map(which), ...macApplications.filter(isExecutable)];
  return match(browsers, [CHROMEDRIVER ?? which('chromedriver')]);
}

/** The first browser that has a driver of its own major version. */
function match(browsers, drivers) {
  const found = (programs) =>
    programs
      .filter(Boolean)
      .map((path) => ({ path, ...versionOf(path) }))
      .filter((program) => program.version);
  const major = (program) => program.version.split('.')[0];
  const candidates = found([...new Set(drivers)]);
  for (const browser of candidates.length ? found([...new Set(browsers)]) : []) {
    const driver = candidates.find((candidate) => major(candidate) === major(browser));
    if (driver) return { browser: browser.path, driver: driver.path, ...browser };
  }
  return undefined;
}

/** "Google Chrome 156.0.1.2 …" → its name and version; nothing for a program that doesn't run. */
function versionOf(program) {
  const [, name, version] = ask(program, ['--version'])?.match(/^(.*?) (\d+\.[\d.]+)/) ?? [];
  return { name, version };
}

async function fromPlaywright() {
  const { browser, driver } = await playwrightBrowser();
  return match([browser].filter(isExecutable), [driver].filter(isExecutable));
}

async function fromDebian() {
  if (process.env.CHROME_PATH) return undefined;
  const done = await aptInstall(['chromium', 'chromium-driver']).catch(() => false);
  return done ? installed() : undefined;
}

async function downloaded() {
  step('setup', "downloading Playwright's browser and its driver");
  await installPlaywrightBrowser(noBrowser);
  return fromPlaywright();
}
