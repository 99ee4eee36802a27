// A Firefox for the tests of what is stored between visits. Where there is none, they are left out.
import { aptInstall } from './apt.mjs';
import { ask, isExecutable, which } from '../lib/run.mjs';
import { Stop } from '../lib/say.mjs';

const names = ['firefox-esr', 'firefox'];
const macApplication = '/Applications/Firefox.app/Contents/MacOS/firefox';

/** Makes FIREFOX_PATH name a Firefox that runs, installed if need be; leaves it unset where there is none. */
export async function setUpFirefox() {
  const path = installed() ?? (await fromDebian());
  if (!path) return 'no Firefox: its tests are left out';
  process.env.FIREFOX_PATH = path;
  return `Firefox: ${path}`;
}

function installed() {
  const { FIREFOX_PATH } = process.env;
  if (FIREFOX_PATH && !isExecutable(FIREFOX_PATH))
    throw new Stop(`FIREFOX_PATH is ${FIREFOX_PATH}, which cannot be executed.`);
  const candidates = FIREFOX_PATH ? [FIREFOX_PATH] : [...names.map(which), macApplication];
  // Ubuntu's package is an empty one that asks for a snap: it has to answer.
  return candidates.find((path) => path && /^Mozilla Firefox/m.test(ask(path, ['--version']) ?? ''));
}

async function fromDebian() {
  if (process.env.FIREFOX_PATH) return undefined;
  const done = await aptInstall(['firefox-esr']).catch(() => false);
  return done ? installed() : undefined;
}
