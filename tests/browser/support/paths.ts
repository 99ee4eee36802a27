import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

export const dist = join(root, 'dist');
export const demo = join(root, 'demo');
export const fixtures = join(root, 'tests/fixtures');
export const models = join(root, 'models');
export const packedFile = join(models, 'all-MiniLM-L6-v2/model-int8.safetensors');

/** Says in words what has to be built before the tests can run. */
export function requireBuild(): void {
  const missing = [
    [join(dist, 'index.js'), 'npm run build'],
    [packedFile, 'npm run model'],
    [join(models, 'all-MiniLM-L6-v2/checkpoint/model.safetensors'), 'npm run model'],
  ].filter(([file]) => !existsSync(file!));
  if (missing.length === 0) return;
  throw new Error(missing.map(([file, command]) => `${file} is missing: run \`${command}\``).join('\n'));
}

/** How Playwright starts the Chromium of this machine; what keeps it quiet, Playwright says itself. */
export function chromiumLaunch(...more: string[]): { executablePath?: string; args: string[] } {
  const executablePath = systemChromium();
  // Chromium refuses its sandbox to root, which is who runs in containers.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return { ...(executablePath && { executablePath }), args: [...asRoot, '--disable-quic', ...more] };
}

/** A Chromium of this machine; undefined leaves the choice to Playwright, which has its own. */
export function systemChromium(): string | undefined {
  const named = process.env.CHROME_PATH;
  if (named) return named;
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env.PATH ?? '').split(':').concat('/usr/bin', '/snap/bin');
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}
