import './package-files.js';

export { packCompact } from './pack/pack-compact.js';
export type { CompactOptions } from './pack/pack-compact.js';
export type { PackOptions } from './models/pack.js';
