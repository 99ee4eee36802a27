// The same tests in browsers that Playwright itself doesn't drive as people have them: a project each.
import { defineConfig } from '@playwright/test';
import { requireBuild } from '../browser/support/paths';

requireBuild();

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/everywhere',
  forbidOnly: !!process.env.CI,
  retries: 0,
  // One browser serves them all.
  workers: 1,
  timeout: 60_000,
  reporter: [['list']],
  projects: [{ name: 'firefox' }, { name: 'webkit' }],
});
