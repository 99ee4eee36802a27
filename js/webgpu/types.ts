import type { EncodeSettings } from '../engine/types.js';

/** What is done with texts: they are encoded, or scored for a query. */
export type Work = { readonly texts: string[] } & (
  { readonly settings: EncodeSettings } | { readonly query: string }
);

/** Texts to find out with whether the GPU is worth it: many, of which the first ones are taken. */
export type Trial = Work & {
  /** How many wasm workers the GPU competes with. */
  readonly workers: number;
};
