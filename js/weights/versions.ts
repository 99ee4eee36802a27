import type { Precision } from '../types.js';
import type { KnownModel } from './registry.js';

/** Hexadecimal digits of a hash that tell versions apart. */
const DIGITS = 16;

/**
 * What tells the bytes of one model's files apart over time: the same version always means the
 * same bytes, so that an update of the model or of the packed format is never mistaken for the old.
 */
export function versionOf(model: KnownModel, precision: Precision): string {
  if (precision === 'f32') return `f32-${model.checkpoint.sha256.slice(0, DIGITS)}`;
  return `int8-${(model.packed?.headerSha256 ?? model.revision).slice(0, DIGITS)}`;
}
