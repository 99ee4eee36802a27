// Playwright's runner with a Firefox as people have it: Playwright itself drives none but its own.
import { defineConfig } from '@playwright/test';
import { requireBuild } from '../browser/support/paths';

requireBuild();

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/firefox',
  forbidOnly: !!process.env.CI,
  // A machine that stalls must not fail a change; what needs it is counted in the report.
  retries: process.env.CI ? 1 : 0,
  // One browser serves them all.
  workers: 1,
  timeout: 60_000,
  reporter: [['list']],
});
