import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { fixtures } from '../support/paths';
import { expect, test as base } from '../support/test';

/** Names in tests/fixtures/models. */
export const MODELS = readdirSync(join(fixtures, 'models')).sort();

/** A page whose scripts may import what page/lab.js exports. */
export const test = base.extend<{ lab: Page }>({
  lab: async ({ blank, server }, use) => {
    server.mount('/lab/', join(import.meta.dirname, 'page/'));
    await use(blank);
  },
});

/** The files of a model's folder, by their paths in it. */
export function filesOf(folder: string): string[] {
  return readdirSync(join(fixtures, folder), { recursive: true }).map(String);
}

export { expect };
