/** Modules that come compiled, where nothing can be compiled at run time; see `init`. */
export const precompiled: { searchKernels?: WebAssembly.Module } = {};
