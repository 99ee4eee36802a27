import type { Metadata } from '../../search/index/types.js';
import { plainIntegers } from '../json.js';
import type { TextRecord } from './record.js';

/** A record's other fields, as JSON holds them; none is undefined. */
export function metadataOf({ fields }: Pick<TextRecord, 'fields'>): Metadata | undefined {
  if (!fields || Object.keys(fields).length === 0) return undefined;
  return JSON.parse(JSON.stringify(fields, plainIntegers)) as Metadata;
}
