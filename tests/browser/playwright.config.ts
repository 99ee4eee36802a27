import { defineConfig, devices } from '@playwright/test';
import { chromiumLaunch, requireBuild } from './support/paths';

requireBuild();

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/browser',
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  // A machine that stalls must not fail a change; what needs it is counted in the report.
  retries: process.env.CI ? 1 : 0,
  workers: 2,
  timeout: 60_000,
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    // A service worker or a failed request must show in the log, not in a cache.
    serviceWorkers: 'block',
    launchOptions: chromiumLaunch(),
  },
  projects: [
    { name: 'chromium', testIgnore: ['**/browser/demo/*.spec.ts', '**/browser/webgpu/*.spec.ts'] },
    // Chromium has a software adapter, SwiftShader, which it offers when it is asked to.
    {
      name: 'webgpu',
      testMatch: '**/browser/webgpu/*.spec.ts',
      use: { launchOptions: chromiumLaunch('--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader') },
    },
    // Needs what `npm run demo:build` makes.
    { name: 'demo', testMatch: '**/browser/demo/*.spec.ts' },
  ],
});
