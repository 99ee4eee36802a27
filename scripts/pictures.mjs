// npm run demo:pictures: the README's pictures of the demo, and a recording of it → demo/screenshots/.
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { build } from './build.mjs';
import { buildDemo } from './demo-build.mjs';
import { Film } from './lib/film.mjs';
import { listFiles, writeFileAtOnce } from './lib/files.mjs';
import { inRoot, root, tools } from './lib/paths.mjs';
import { main, megabytes, step } from './lib/say.mjs';
import { setup } from './setup.mjs';
import { serveDemo } from './start.mjs';
import { installFrom } from './toolchain/npm.mjs';

const folder = inRoot('demo', 'screenshots');
const notes = inRoot('scripts', 'pictures', 'notes');
const SCREEN = { viewport: { width: 1360, height: 890 }, deviceScaleFactor: 2 };
/** As much as fits into two megabytes. */
const FILM = { viewport: { width: 1110, height: 1000 }, deviceScaleFactor: 1.1 };
const QUERIES = ['the sound a cat makes', 'a word that reads the same backwards'];
/** Longer than the map takes to come to an answer. */
const RESTED = 2500;
const QUESTION = 'why is it so loud when the heating comes on?';

export async function pictures() {
  const tool = join(tools, 'pictures');
  await installFrom(inRoot('scripts', 'pictures'), tool, 'sharp');
  const sharp = createRequire(join(tool, 'package.json'))('sharp');
  const { chromium } = await import('@playwright/test');
  const server = await serveDemo();
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath: process.env.CHROME_PATH, args: asRoot });
  const open = async (options) => {
    const page = await browser.newPage(options);
    await page.goto(server.resolvedUrls.local[0]);
    await page.waitForSelector('#state[data-state=ready]', { timeout: 120_000 });
    await page.waitForSelector('#passages li');
    await page.evaluate(() => document.fonts.ready);
    return page;
  };
  try {
    const still = await open(SCREEN);
    await write(
      'words.webp',
      await sharp(await words(still))
        .webp({ quality: 82, effort: 6 })
        .toBuffer(),
    );
    await write(
      'files.webp',
      await sharp(await files(still))
        .webp({ quality: 82, effort: 6 })
        .toBuffer(),
    );
    const film = await record(await open(FILM));
    await write('search.webp', await film.toWebp(sharp, { quality: 60 }));
    step('demo', `the recording takes ${(film.ms / 1000).toFixed(1)} s`);
  } finally {
    await browser.close();
    await server.close();
  }
}

/** A question, its answers, and where it lands on the map, which has come to rest. */
async function words(page) {
  await page.locator('#query').fill('fear of small closed spaces');
  await page.waitForTimeout(RESTED);
  return page.screenshot();
}

/** Files of one's own, and the passages that answer a question. */
async function files(page) {
  await page.locator('#files').setInputFiles(listFiles(notes));
  await page.getByText(/^Read \d files/).waitFor({ timeout: 60_000 });
  await page.locator('#text-query').fill(QUESTION);
  await page.locator('#passages li').first().waitFor();
  await page.locator('#documents').evaluate((section) => section.scrollIntoView({ behavior: 'instant' }));
  await page.waitForTimeout(RESTED);
  return page.screenshot();
}

/** Two questions are typed; the answers come with each letter, and the map flies to them. */
async function record(page) {
  // What they would show of a clock that stands still is no measurement.
  await page.locator('#answers-time').evaluate(({ style }) => (style.visibility = 'hidden'));
  await page.locator('#query').focus();
  const film = await Film.of(page, await fromSearchToMap(page));
  const settled = () => page.waitForTimeout(120);
  await film.roll(60);
  film.hold(900);
  for (const query of QUERIES) {
    await page.keyboard.press('ControlOrMeta+A');
    await film.roll(60);
    film.hold(250);
    await film.type(query, settled);
    await film.roll(1600);
    film.hold(1400);
  }
  return film;
}

/** The search field, the answers and the map, without what is above and below them. */
async function fromSearchToMap(page) {
  const [field, map] = await Promise.all(['search', '#plot'].map((part) => page.locator(part).boundingBox()));
  const y = Math.floor(field.y) - 8;
  return { x: 0, y, width: FILM.viewport.width, height: Math.ceil(map.y + map.height) + 24 - y };
}

async function write(name, bytes) {
  writeFileAtOnce(join(folder, name), bytes);
  step('demo', `${relative(root, join(folder, name))}: ${megabytes(bytes.length)}`);
}

await main(import.meta, async () => {
  await setup({ browsers: ['chromium'] });
  await build();
  await buildDemo();
  await pictures();
});
