// edgebert/inline: the same as edgebert, with the engine and the worker inside this one file, for
// where no others can be served. The bundle has assets-inline.ts in place of assets.ts.
export { default } from './index.js';
export * from './index.js';
