// webpack 5, with no configuration for the package: wherever its output goes.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { works } from '../support/page.mjs';
import { importTool, project } from '../support/project.mjs';

const { default: webpack } = await importTool('webpack/lib/index.js');

async function bundle(folder, output, mode = 'production') {
  const settings = {
    mode,
    context: folder,
    entry: './program.js',
    output: { path: join(folder, 'dist'), ...output },
    performance: { hints: false },
  };
  const stats = await new Promise((resolve, reject) => {
    webpack(settings, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  assert.deepEqual([...errors, ...warnings], []);
}

test('webpack 5', async () => {
  const folder = project({ script: './dist/main.js' });
  await bundle(folder, {});
  await works(folder);
});

test('webpack 5, development mode', async () => {
  const folder = project({ script: './dist/main.js' });
  await bundle(folder, {}, 'development');
  await works(folder);
});

test('webpack 5, scripts and assets in folders of their own, under a path', async () => {
  const folder = project({ script: 'dist/js/main.js' });
  await bundle(folder, {
    publicPath: '/some/where/dist/',
    filename: 'js/[name].js',
    chunkFilename: 'js/chunks/[name].js',
    assetModuleFilename: 'media/[hash][ext]',
  });
  await works(folder, { path: '/some/where/' });
});
