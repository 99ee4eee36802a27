// edgebert/search: the vector index, and search over whole documents.
import './package-files.js';

export * from './search/exports.js';
