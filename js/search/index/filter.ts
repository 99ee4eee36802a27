import { wrongType } from '../../shared/checks.js';
import type { FilterValue, Metadata, SearchFilter } from './types.js';

export type Predicate = (metadata: Metadata, id: string) => boolean;

/** A filter of either kind as a function. @throws TypeError for what is neither. */
export function predicateOf(filter: SearchFilter | undefined): Predicate | undefined {
  if (filter === undefined) return undefined;
  if (typeof filter === 'function') return synchronous(filter);
  // A Map or a class instance has no fields, so it would pass everything. Each frame of a page has its
  // own `Object`, hence the prototype's prototype.
  const prototype: object | null = Object.getPrototypeOf(filter ?? '');
  if (prototype && Object.getPrototypeOf(prototype)) {
    wrongType('`filter`', 'a function or a plain object of fields and values', filter);
  }
  const fields = Object.entries(filter).map(([field, wanted]) => {
    const values: readonly FilterValue[] = Array.isArray(wanted) ? wanted : [wanted as FilterValue];
    for (const value of values) checkValue(field, value);
    return [field, new Set<unknown>(values)] as const;
  });
  return (metadata) =>
    fields.every(([field, values]) => Object.hasOwn(metadata, field) && matches(metadata[field], values));
}

/** A promise is true, whatever comes of it: such a filter would pass everything. */
function synchronous(predicate: Predicate): Predicate {
  return (metadata, id) => {
    const passes: unknown = predicate(metadata, id);
    if (passes instanceof Promise) throw new TypeError('`filter` must not be async');
    return passes as boolean;
  };
}

function matches(value: unknown, wanted: ReadonlySet<unknown>): boolean {
  return Array.isArray(value) ? value.some((element) => wanted.has(element)) : wanted.has(value);
}

function checkValue(field: string, value: unknown): void {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return;
  wrongType(`\`filter.${field}\``, 'a string, a number, a boolean, null or an array of these', value);
}
