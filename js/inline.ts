// edgebert/inline: edgebert with the engine and the worker embedded in the script, for pages that
// cannot serve other files.
import './engine/embedded-assets.js';

export { default } from './exports.js';
export * from './exports.js';
