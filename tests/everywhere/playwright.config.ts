// The same tests in browsers that Playwright itself doesn't drive as people have them: a project each.
import { defineConfig } from '@playwright/test';
import { requireBuild } from '../browser/support/paths';

requireBuild();

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/everywhere',
  forbidOnly: !!process.env.CI,
  // A machine that stalls must not fail a change; what needs it is counted in the report.
  retries: process.env.CI ? 1 : 0,
  // One browser serves them all.
  workers: 1,
  timeout: 60_000,
  reporter: [['list']],
  projects: [{ name: 'firefox' }, { name: 'webkit' }],
});
