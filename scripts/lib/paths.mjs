// Where everything is, relative to the repository's root.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const inRoot = (...parts) => join(root, ...parts);

export const tools = inRoot('.tools');
export const pkg = inRoot('pkg');
export const pkgSearch = inRoot('pkg-search');
export const pkgPacker = inRoot('pkg-packer');
export const dist = inRoot('dist');
export const models = inRoot('models');
