// WebKitGTK, its driver and a display for the tests. Where they are missing, those tests are left out.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall } from './apt.mjs';
import { isExecutable, which } from '../lib/run.mjs';
import { Stop } from '../lib/say.mjs';

/**
 * Makes WEBKIT_DRIVER and WEBKIT_BROWSER name the driver and the browser that it drives, installed if
 * need be; leaves them unset where there are none.
 */
export async function setUpWebKit() {
  const found = installed() ?? (await fromDebian());
  if (!found) return 'no WebKitGTK: its tests are left out';
  process.env.WEBKIT_DRIVER = found.driver;
  process.env.WEBKIT_BROWSER = found.browser;
  return `WebKitGTK: ${found.browser}`;
}

function installed() {
  const { WEBKIT_DRIVER, WEBKIT_BROWSER } = process.env;
  for (const path of [WEBKIT_DRIVER, WEBKIT_BROWSER]) {
    if (path && !isExecutable(path)) throw new Stop(`${path} is named for WebKit and cannot be executed.`);
  }
  const driver = WEBKIT_DRIVER ?? which('WebKitWebDriver');
  const browser = WEBKIT_BROWSER ?? miniBrowser();
  return driver && browser && which('xvfb-run') ? { driver, browser } : undefined;
}

/** Not in PATH: /usr/lib/<platform>/webkit2gtk-<version>/MiniBrowser. */
function miniBrowser() {
  const inside = (folder, pattern) => {
    try {
      return readdirSync(folder)
        .filter((name) => pattern.test(name))
        .map((name) => join(folder, name));
    } catch {
      return [];
    }
  };
  const libraries = [...inside('/usr/lib', /-linux-gnu/), '/usr/libexec', '/usr/lib'];
  const folders = libraries.flatMap((library) => inside(library, /^webkit2?gtk-/));
  return folders.map((folder) => join(folder, 'MiniBrowser')).find(isExecutable);
}

async function fromDebian() {
  if (process.env.WEBKIT_DRIVER || process.env.WEBKIT_BROWSER) return undefined;
  const done = await aptInstall(['webkit2gtk-driver', 'xvfb', 'xauth']).catch(() => false);
  return done ? installed() : undefined;
}
