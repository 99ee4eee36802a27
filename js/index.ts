import './package-files.js';

export { default } from './exports.js';
export * from './exports.js';
