// A Firefox for the tests of what is kept between visits. Where none can be had, they are left out.
import { aptInstall, hasApt } from './apt.mjs';
import { ask, isExecutable, which } from '../lib/run.mjs';
import { Stop } from '../lib/say.mjs';

const names = ['firefox-esr', 'firefox'];
const macApplication = '/Applications/Firefox.app/Contents/MacOS/firefox';

/** The path of a Firefox that runs, installed if need be; undefined where none can be had. */
export async function findFirefox() {
  return installed() ?? (await fromDebian());
}

function installed() {
  const { FIREFOX_PATH } = process.env;
  if (FIREFOX_PATH && !isExecutable(FIREFOX_PATH))
    throw new Stop(`FIREFOX_PATH is ${FIREFOX_PATH}, and that is no program.`);
  const candidates = FIREFOX_PATH ? [FIREFOX_PATH] : [...names.map(which), macApplication];
  // Ubuntu's package is an empty one that asks for a snap: it has to answer.
  return candidates.find((path) => path && /^Mozilla Firefox/m.test(ask(path, ['--version']) ?? ''));
}

async function fromDebian() {
  if (process.env.FIREFOX_PATH || !hasApt()) return undefined;
  try {
    await aptInstall(['firefox-esr']);
  } catch {
    return undefined;
  }
  return installed();
}
