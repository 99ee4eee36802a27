import './package-files.js';

export { packCompact } from './pack/pack-compact.js';
export type { CompactOptions } from './pack/pack-compact.js';
export { packInt8 } from './pack/pack-int8.js';
export type { Int8Options } from './pack/pack-int8.js';
export type { PackOptions } from './models/pack.js';
