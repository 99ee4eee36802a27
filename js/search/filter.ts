import { describe } from '../texts.js';
import type { FilterValue, Metadata, SearchFilter } from './types.js';

export type Predicate = (metadata: Metadata, id: string) => boolean;

/** A filter of either kind as a function. @throws TypeError for what is neither. */
export function predicateOf(filter: SearchFilter | undefined): Predicate | undefined {
  if (filter === undefined) return undefined;
  if (typeof filter === 'function') return filter;
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) {
    throw new TypeError(`\`filter\` is a function or an object of fields and values, not ${describe(filter)}`);
  }
  const fields = Object.entries(filter).map(([field, wanted]) => {
    const values: readonly FilterValue[] = Array.isArray(wanted) ? wanted : [wanted as FilterValue];
    for (const value of values) checkValue(field, value);
    return [field, new Set<unknown>(values)] as const;
  });
  return (metadata) => fields.every(([field, values]) => Object.hasOwn(metadata, field) && matches(metadata[field], values));
}

function matches(value: unknown, wanted: ReadonlySet<unknown>): boolean {
  return Array.isArray(value) ? value.some((element) => wanted.has(element)) : wanted.has(value);
}

function checkValue(field: string, value: unknown): void {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return;
  throw new TypeError(
    `\`filter.${field}\` is a string, a number, a boolean, null or an array of these, not ${describe(value)}`,
  );
}
