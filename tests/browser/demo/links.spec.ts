// What the page's foot links to: nothing that does not exist yet.
import { expect, test } from '@playwright/test';
import { projectLinks } from '../../../demo/project-links';

test('without a repository in package.json and without the reference there are no links', () => {
  expect(projectLinks({ name: 'edgebert' }, false)).toEqual({});
});

test('the reference is linked where it is part of the site', () => {
  expect(projectLinks({ name: 'edgebert' }, true)).toEqual({
    'Guides and API reference': './docs/index.html',
  });
});

test('npm and the source are linked once package.json names the repository', () => {
  const repository = { url: 'git+https://example.org/someone/edgebert.git' };
  expect(projectLinks({ name: 'edgebert', repository }, false)).toEqual({
    npm: 'https://www.npmjs.com/package/edgebert',
    Source: 'https://example.org/someone/edgebert',
  });
});
